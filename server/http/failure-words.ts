import { failures } from "../contract/failure.ts";
import type { Failure, FailureCode } from "../contract/failure.ts";
import { fill, placesOf } from "../kernel/words/fill.ts";
import type { Values } from "../kernel/words/fill.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { formatDuration } from "../kernel/words/moments.ts";

interface Sentences {
  /** English that says more with the data of the failure; without it the sentence of the failure itself stands. */
  en?: string;
  ja: string;
  /** Japanese with the data. */
  jaWith?: string;
}

/**
 * The public sentences of all failures. English ones are in contract/failure.ts or come with the failure; this table
 * has the Japanese ones, and the forms with numbers. A code without words is a type error.
 */
export const failureWords: Readonly<Record<FailureCode, Sentences>> = {
  "access.denied": { ja: "この操作を行う権限がありません。" },
  "access.signInNeeded": { ja: "先にサインインしてください。" },
  "access.foreignOrigin": { ja: "この要求は管理コンソールから送られたものではありません。" },
  "access.escalation": { ja: "ご自身が持っている権限だけを付与できます。" },
  "request.invalid": { ja: "入力内容に誤りがあります。" },
  "request.notJson": { ja: "本文が正しい JSON ではありません。" },
  "request.tooLarge": { ja: "送信できる大きさを超えています。" },
  "request.wrongType": { ja: "この種類のデータは受け付けていません。" },
  "request.cursorInvalid": { ja: "一覧のこのページは表示できなくなりました。最初のページからやり直してください。" },
  "request.unknownPath": { ja: "このアドレスには何もありません。" },
  "request.wrongMethod": { ja: "このアドレスではその操作はできません。" },
  "request.tooMany": { ja: "要求が多すぎます。しばらく待ってから、もう一度お試しください。" },
  "request.valueTooLong": { ja: "この値は長すぎます。" },
  "request.stale": { ja: "ほかの人が先に変更しました。読み込み直してから、もう一度変更してください。" },
  "request.keyInvalid": { ja: "Idempotency-Key は、1から255文字の表示可能な ASCII 文字にしてください。" },
  "request.keyReused": { ja: "この Idempotency-Key は、別の要求で使われています。" },
  "request.inProgress": { ja: "同じ要求を処理しています。少し待ってから、もう一度送信してください。" },
  "request.replyLost": {
    ja: "処理は済みましたが、応答が失われました。別のキーで送る前に、作成されていないか確認してください。",
  },
  "server.busy": { ja: "サーバーが混み合っています。数秒待ってから、もう一度お試しください。" },

  "user.missing": { ja: "このアカウントはありません。" },
  "user.nameTaken": { ja: "このユーザー名は別のアカウントで使われています。" },
  "user.externalIdTaken": { ja: "この externalId は、このディレクトリの別のアカウントで使われています。" },
  "user.nameInvalid": {
    ja: "ユーザー名に使えるのは、英数字と @ ! # $ % & * + - / = ? ^ _ { | } ~ . およびバッククォートです。",
  },
  "user.nameTooShort": { ja: "ユーザー名が短すぎます。", jaWith: "ユーザー名は{least}文字以上にしてください。" },
  "user.nameTooLong": { ja: "ユーザー名が長すぎます。", jaWith: "ユーザー名は{most}文字以内にしてください。" },
  "user.nameTooSoon": { ja: "ユーザー名は変更したばかりのため、まだ変更できません。" },
  "user.displayNameMissing": { ja: "表示名を入力してください。" },
  "user.displayNameTooLong": { ja: "表示名が長すぎます。", jaWith: "表示名は{most}文字以内にしてください。" },
  "user.emailInvalid": { ja: "メールアドレスの形になっていません。" },
  "user.emailMissing": { ja: "このアカウントには、送信先のメールアドレスがありません。" },
  "user.passwordOrEmailNeeded": { ja: "パスワードか、招待を送るメールアドレスを入力してください。" },
  "user.localeInvalid": { ja: "en や ja-JP のような言語タグを入力してください。" },
  "user.timeZoneInvalid": { ja: "Asia/Tokyo のようなタイムゾーンを入力してください。" },
  "user.phoneInvalid": { ja: "電話番号の形になっていません。" },
  "user.disabled": { ja: "このアカウントは無効です。先に有効にしてください。" },
  "user.alreadyActive": { ja: "このアカウントはすでに有効です。" },
  "user.lastAdministrator": { ja: "最後の管理者です。先に別のアカウントを管理者にしてください。" },
  "user.seatLimit": {
    en: "All {limit} seats of the organization are taken. Delete accounts or raise the seat limit.",
    ja: "アカウント数が上限に達しています。アカウントを削除するか、上限を引き上げてください。",
    jaWith: "アカウント数が上限の{limit}に達しています。アカウントを削除するか、上限を引き上げてください。",
  },
  "user.deleted": { ja: "このアカウントは削除されています。" },
  "comment.missing": { ja: "このコメントはありません。" },
  "comment.empty": { ja: "コメントを入力してください。" },
  "comment.notOwn": { ja: "コメントを削除できるのは、書いた本人だけです。" },
  "view.missing": { ja: "この表示条件はありません。" },
  "view.nameMissing": { ja: "名前を入力してください。" },
  "view.tooMany": { ja: "保存できる表示条件の数に達しています。どれかを削除してください。" },
  "view.noOwner": { ja: "API トークンでは表示条件を保存できません。" },
  "bulk.missing": { ja: "この一括操作はありません。" },
  "bulk.empty": { ja: "該当するユーザーがいないため、何も行いません。" },
  "bulk.grown": {
    en: "{count} users match, more than were confirmed. Look at the number again.",
    ja: "確認した人数より多くのユーザーが該当します。人数をもう一度確認してください。",
    jaWith: "該当するユーザーは{count}人で、確認した人数より増えています。もう一度確認してください。",
  },
  "bulk.over": { ja: "この一括操作はすでに終わっています。" },
  "bulk.ownAccount": { ja: "一括操作は、開始した本人のアカウントを対象にしません。" },
  "bulk.broken": { ja: "サーバーで問題が起きました。詳しくはサーバーのログをご覧ください。" },
  "role.missing": { ja: "このロールはありません。" },
  "role.nameMissing": { ja: "名前を入力してください。" },
  "role.nameTooLong": { ja: "名前が長すぎます。", jaWith: "名前は{most}文字以内にしてください。" },
  "role.nameTaken": { ja: "この名前は別のロールで使われています。" },
  "role.builtIn": {
    ja: "これは組み込みのロールです。名前と許可する内容は変えられません。変えられるのは、求める第二要素だけです。",
  },
  "role.inUse": { ja: "このロールを持つアカウントがあります。先に別のロールを割り当ててください。" },
  "role.tooMany": { ja: "ロールは100個までです。" },

  "attribute.missing": { ja: "この属性は見つかりません。" },
  "attribute.nameInvalid": {
    ja: "名前は英字で始まり、英数字と _ と - だけを使い、64 文字以内にしてください。",
  },
  "attribute.nameReserved": { ja: "この名前は SCIM の属性で使われています。別の名前にしてください。" },
  "attribute.nameTaken": { ja: "この名前の属性はすでにあります。" },
  "attribute.labelMissing": { ja: "表示名を入力してください。" },
  "attribute.claimInvalid": {
    ja: "クレームには単語か、https://example.com/claims/team のようなアドレスを 100 文字以内で指定してください。",
  },
  "attribute.claimReserved": { ja: "このクレームは別の意味で使われています。別の名前にしてください。" },
  "attribute.claimTaken": { ja: "このクレームは別の属性で使われています。" },
  "attribute.tooMany": { ja: "属性は 100 個までです。" },
  "attribute.booleanAlone": { ja: "「はい・いいえ」の属性は、一意にも複数の値にもできません。" },
  "attribute.choicesNeedText": { ja: "選択肢を設定できるのは文字列の属性だけです。" },
  "attribute.editableUnseen": { ja: "本人に表示しない属性を、本人が編集できるようにはできません。" },
  "attribute.inUse": { ja: "値を持つアカウントがあるため、名前と種類は変更できません。" },
  "attribute.valuesNotUnique": { ja: "同じ値を持つアカウントが複数あるため、一意にできません。" },
  "attribute.unknown": { ja: "この名前の属性はありません。" },
  "attribute.valueInvalid": { ja: "この値は属性の種類に合いません。" },
  "attribute.valueNotAllowed": { ja: "組織が認めている値ではありません。" },
  "attribute.valueRequired": { ja: "値を入力してください。" },
  "attribute.valueTaken": { ja: "この値は別のアカウントで使われています。" },
  "attribute.changed": { ja: "組織の属性がちょうど変更されました。もう一度お試しください。" },
  "password.tooShort": { ja: "パスワードが短すぎます。", jaWith: "{length}文字です。{least}文字以上にしてください。" },
  "password.tooLong": {
    en: "This password is too long; at most {most} characters are allowed.",
    ja: "パスワードが長すぎます。",
    jaWith: "パスワードは{most}文字以内にしてください。",
  },
  "password.common": { ja: "推測されやすいパスワードです。別のパスワードにしてください。" },
  "password.personal": { ja: "パスワードには、名前、ユーザー名、メールアドレスを含めないでください。" },
  "password.classMissing": { ja: "必要な種類の文字が含まれていません。" },
  "password.usedBefore": { ja: "以前に使ったパスワードです。別のパスワードにしてください。" },
  "password.wrong": { ja: "現在のパスワードが違います。" },

  "signin.refused": { ja: "ユーザー名またはパスワードが違います。" },
  "signin.throttled": {
    en: "Too many tries. Wait {seconds}, then try again.",
    ja: "試行回数が多すぎます。しばらく待ってから、もう一度お試しください。",
    jaWith: "試行回数が多すぎます。{seconds}待ってから、もう一度お試しください。",
  },
  "password.missing": { ja: "このアカウントにはパスワードがありません。" },
  "password.hashUnknown": {
    ja: "対応している形式（bcrypt、scrypt、PBKDF2、argon2）のハッシュではないか、照合に時間がかかりすぎます。",
  },
  "signin.passwordExpired": {
    ja: "パスワードの期限が切れています。メールのリンクから新しいパスワードを設定してください。",
  },
  "connection.missing": { ja: "この接続は見つかりません。" },
  "connection.nameMissing": { ja: "名前を入力してください。" },
  "connection.nameTaken": { ja: "この名前は別の接続で使われています。" },
  "connection.issuerInvalid": {
    ja: "発行者は https の完全なアドレスで、クエリとフラグメントを含められません（http は localhost のみ）。",
  },
  "connection.issuerUnreachable": {
    ja: "発行者から設定を取得できませんでした。アドレスと、このサーバーからの接続を確認してください。",
  },
  "connection.scopesInvalid": { ja: "スコープは空白で区切り、openid を含めてください。" },
  "connection.domainInvalid": { ja: "example.com のようなドメインではありません。" },
  "connection.domainTaken": { ja: "このドメインは別の接続で使われています。" },
  "connection.tooMany": { ja: "接続は100件までです。先に1件削除してください。" },
  "connection.paused": { ja: "この方法でのサインインは現在停止しています。" },
  "connection.identityMissing": { ja: "このアカウントはこの接続とリンクしていません。" },
  "connection.identityTaken": { ja: "この識別子は別のアカウントとリンクしています。" },
  "signin.ssoOff": { ja: "このアカウントではシングルサインオンを使えません。パスワードを使ってください。" },
  "signin.unlinked": { ja: "対応するアカウントがありません。管理者にお問い合わせください。" },
  "signin.upstreamFailed": { ja: "接続先でサインインできませんでした。もう一度お試しください。" },
  "signin.disabled": { ja: "このアカウントは無効になっています。管理者にお問い合わせください。" },
  "signin.blocked": { ja: "このアカウントはアプリを利用できません。管理者にお問い合わせください。" },
  "signin.noEmail": {
    ja: "このサインインにはメールでの確認が必要ですが、アカウントにメールアドレスがありません。管理者にお問い合わせください。",
  },
  "passkey.refused": {
    ja: "このパスキーは受け付けられませんでした。もう一度試すか、別の方法でサインインしてください。",
  },
  "link.invalid": { ja: "このリンクは、使用済みか、新しいリンクに置き換えられたか、有効期限が切れています。" },

  "group.missing": { ja: "このグループはありません。" },
  "group.nameTaken": { ja: "この名前は別のグループで使われています。" },
  "group.externalIdTaken": { ja: "この externalId は、このディレクトリの別のグループで使われています。" },
  "group.nameMissing": { ja: "名前を入力してください。" },
  "group.nameTooLong": { ja: "名前が長すぎます。", jaWith: "名前は{most}文字以内にしてください。" },
  "group.unknownMember": { ja: "登録されていないメンバーが含まれています。" },
  "group.cycle": { ja: "グループに、そのグループ自身を含めることはできません。" },
  "group.ofDirectory": {
    ja: "このグループはディレクトリのもので、ディレクトリだけが変更できます。ディレクトリ側で変更してください。",
  },

  "app.missing": { ja: "このアプリはありません。" },
  "app.nameMissing": { ja: "名前を入力してください。" },
  "app.nameTaken": { ja: "この名前は別のアプリで使われています。" },
  "app.redirectUriInvalid": {
    ja: "リダイレクト先は、https で始まる完全なアドレスにしてください (http は localhost のみ)。フラグメントやワイルドカードは使えません。",
  },
  "app.addressInvalid": {
    ja: "https で始まる完全なアドレスを入力してください（http は localhost のみ）。ユーザー名と # 以降は使えません。",
  },
  "app.redirectUriMissing": { ja: "リダイレクト先を1つ以上入力してください。" },
  "app.grantInvalid": { ja: "この付与タイプは利用できません。" },
  "app.scopeInvalid": { ja: "このスコープはアプリに許可できません。" },
  "app.lifetimesInvalid": { ja: "使わずに置ける期間は、リフレッシュトークンの有効期間より長くできません。" },
  "app.keysInvalid": { ja: "公開鍵ではありません。JSON Web Key Set（RFC 7517）を入力してください。" },
  "app.builtIn": { ja: "このアプリは Gatehouse の一部なので、変更できません。" },
  "app.noSecret": { ja: "公開アプリにはシークレットがありません。" },

  "app.holderMissing": { ja: "このユーザーまたはグループは選ばれていません。" },
  "resource.missing": { ja: "この API は見つかりません。" },
  "resource.identifierInvalid": {
    ja: "識別子は https://api.example.com/ のような、# を含まない完全な URI です。",
  },
  "resource.identifierTaken": { ja: "この識別子の API はすでにあります。" },
  "resource.nameTaken": { ja: "この名前の API はすでにあります。" },
  "resource.scopeInvalid": { ja: "スコープは、プロバイダーが使わない1語で入力してください。" },
  "resource.tooMany": { ja: "登録できる API は100個までです。" },
  "entitlement.missing": { ja: "このアプリ権限は見つかりません。" },
  "entitlement.valueInvalid": {
    ja: "空白、引用符、バックスラッシュを含まない100文字以内の英数字と記号で入力してください。",
  },
  "entitlement.valueTaken": { ja: "この値の権限はすでにあります。" },
  "entitlement.tooMany": { ja: "1つのアプリに作成できる権限は200個までです。" },
  "directory.missing": { ja: "このディレクトリはありません。" },
  "directory.nameTaken": { ja: "この名前は別のディレクトリで使われています。" },
  "directory.nameMissing": { ja: "名前を入力してください。" },
  "directory.hasClient": { ja: "このディレクトリにはすでに OAuth クライアントがあります。" },
  "directory.keyInvalid": { ja: "PEM または JWK 形式の公開鍵ではありません。" },
  "directory.proofDiffers": {
    ja: "このクライアントは別の方法で認証します。変更するには、削除してから作り直してください。",
  },
  "directory.noClient": { ja: "このディレクトリには OAuth クライアントがありません。" },
  "directory.tokenMissing": { ja: "このトークンはありません。" },
  "directory.timePast": { ja: "これから先の、10 年以内の日時を選んでください。" },
  "directory.leaving": { ja: "このディレクトリは削除中です。" },
  "directory.paused": { ja: "このディレクトリは一時停止中です。管理者がコンソールから再開できます。" },

  "onboarding.linksHidden": {
    ja: "この組織では、管理者が開始リンクをコピーすることはできません。メールを送信してください。",
  },
  "mailTemplate.invalid": {
    ja: "テンプレートに誤りがあります。",
    jaWith: "テンプレートに誤りがあります（{line}行{column}文字目、{what}）。",
  },
  "mail.noServer": { ja: "メールサーバーが設定されていないため、送信できません。" },
  "mail.missing": { ja: "このメールはありません。" },
  "session.missing": { ja: "このセッションはありません。" },
  "factor.missing": { ja: "この2段階認証の方法はありません。" },
  "factor.exists": { ja: "認証アプリはすでに設定されています。先に削除してください。" },
  "factor.off": { ja: "この種類の2段階認証は、このアカウントでは使えません。" },
  "factor.passkeyRefused": { ja: "パスキーを追加できませんでした。もう一度お試しください。" },
  "factor.passkeyKnown": { ja: "このパスキーはすでに登録されています。" },
  "factor.tooMany": { ja: "パスキーはすでに20個あります。先に1つ削除してください。" },
  "factor.nameInvalid": { ja: "60文字以内の名前を入力してください。" },
  "factor.emailUnsettled": {
    ja: "メールアドレスが変更されてから7日たっていません。先に別の2段階認証の方法を設定してください。",
  },
  "factor.wrongCode": { ja: "コードが違うか、すでに使われています。次のコードを待って、もう一度お試しください。" },
  "factor.wrongMailCode": {
    ja: "コードが違うか、使用済みか、期限切れです。もう一度入力するか、別のコードを送ってください。",
  },
  "device.missing": { ja: "このデバイスはありません。" },
  "setting.missing": { ja: "この設定はありません。" },
  "setting.invalid": { ja: "この設定には使えない値です。" },
  "export.missing": { ja: "このエクスポートはありません。" },
  "export.columnUnknown": { ja: "このデータにその列はありません。" },
  "export.tooMany": {
    ja: "待機中のエクスポートが多すぎます。完了するまで待つか、いくつかを取り消してください。",
  },
  "export.over": { ja: "このエクスポートはすでに終了しています。" },
  "export.notDone": { ja: "このファイルはまだできていません。" },
  "export.gone": { ja: "このファイルの保存期間は終わりました。もう一度エクスポートしてください。" },
  "export.tooLarge": { ja: "ブックに収まりません。列やユーザーを減らすか、CSV を選んでください。" },
  "export.failed": { ja: "ファイルを作成できませんでした。原因はサーバーのログにあります。" },
  "token.missing": { ja: "このトークンはありません。" },
  "token.nameMissing": { ja: "名前を入力してください。" },
  "import.tooMany": { ja: "実行待ちのファイルが多すぎます。先にいくつか実行するか、破棄してください。" },
  "import.missing": { ja: "このインポートはありません。" },
  "import.wrongState": { ja: "インポートは別の段階にあり、この操作はできません。" },
  "import.fileKind": { ja: "CSV ファイルでも Excel ブック（.xlsx）でもありません。" },
  "import.fileEmpty": { ja: "ファイルに、見出しより下の行がありません。" },
  "import.fileBroken": {
    ja: "ファイルが壊れているか、途中で切れています。保存し直してから、もう一度アップロードしてください。",
  },
  "import.fileMacros": { ja: "ブックにマクロが含まれています。マクロなしのブック（.xlsx）として保存してください。" },
  "import.fileProtected": {
    ja: "パスワードで保護されているか、古い形式（.xls）です。パスワードなしの .xlsx として保存してください。",
  },
  "import.unpacksTooLarge": { ja: "ブックを展開すると大きすぎて読み込めません。シートを CSV として保存してください。" },
  "import.encodingWrong": {
    en: "Below row {row} the file has characters that do not belong to {encoding}. Choose another encoding.",
    ja: "この文字コードにない文字があります。別の文字コードを選んでください。",
    jaWith: "{row}行目より下に、{encoding} にない文字があります。別の文字コードを選んでください。",
  },
  "import.quoteOpen": {
    en: "The quotation mark that opens in row {row} is never closed.",
    ja: "閉じられていない引用符があります。",
    jaWith: "{row}行目で始まる引用符が閉じられていません。",
  },
  "import.cellTooLarge": {
    en: "A cell in row {row} has more than {most} characters.",
    ja: "表計算ソフトで扱える長さを超えるセルがあります。",
    jaWith: "{row}行目に{most}文字を超えるセルがあります。",
  },
  "import.tooManyColumns": {
    en: "The file has more than {most} columns.",
    ja: "列が多すぎます。",
    jaWith: "列が{most}列を超えています。",
  },
  "import.tooManyRows": {
    en: "The file has more than {most} rows. Split it.",
    ja: "行が多すぎます。",
    jaWith: "行が{most}行を超えています。ファイルを分割してください。",
  },
  "import.columnTwice": { ja: "ファイルの別の列に、すでに割り当てられています。" },
  "import.columnUnknown": { ja: "このような項目はアカウントにありません。" },
  "import.keyMissing": {
    ja: "ユーザーID、ユーザー名、メールアドレスのどれかの列を指定してください。これで行のアカウントを探します。",
  },
  "import.nothingToDo": { ja: "変更のある行がありません。" },
  "import.actorGone": { ja: "開始した人がアカウントを管理できなくなったため、停止しました。" },
  "import.actionUnknown": { ja: "「追加」「更新」「削除」のどれかを入力してください。" },
  "import.cellFormula": {
    ja: "数式です。値として貼り付けてください。「=」で始まる文字列は、先頭にアポストロフィを付けてください。",
  },
  "import.cellError": { ja: "セルに表計算ソフトのエラーが表示されています。" },
  "import.cellUnreadable": { ja: "このセルには保存できない文字があります。" },
  "import.cannotClear": { ja: "空にはできません。" },
  "import.wordUnknown": {
    en: "Write one of these: {words}.",
    ja: "この語は使えません。",
    jaWith: "次のどれかを入力してください。{words}。",
  },
  "import.numberNeeded": {
    en: "A whole number from 0 to {most} is needed.",
    ja: "整数を入力してください。",
    jaWith: "0から{most}までの整数を入力してください。",
  },
  "import.userUnknown": { ja: "このユーザーID、ユーザー名、メールアドレスのアカウントはありません。" },
  "import.emailShared": {
    ja: "このメールアドレスのアカウントが複数あります。ユーザー名かユーザーIDで指定してください。",
  },
  "import.userExists": { ja: "このユーザー名のアカウントはすでにあります。変更するには「更新」にしてください。" },
  "import.deleteNeedsBoth": { ja: "アカウントを削除するには、ユーザー名とメールアドレスの両方を入力してください。" },
  "import.deleteDisagrees": { ja: "ユーザー名とメールアドレスが、同じアカウントのものではありません。" },
  "import.rowTwice": {
    en: "Row {row} is about this account already.",
    ja: "このアカウントの行がすでにあります。",
    jaWith: "このアカウントの行が、{row}行目にすでにあります。",
  },
  "import.nameTwice": {
    en: "Row {row} gives this username already.",
    ja: "このユーザー名を使う行がすでにあります。",
    jaWith: "このユーザー名は、{row}行目ですでに使われています。",
  },
  "import.valueTwice": {
    en: "Row {row} gives this value already, which only one account may have.",
    ja: "一つのアカウントだけが持てる値を、別の行がすでに使っています。",
    jaWith: "一つのアカウントだけが持てる値が、{row}行目ですでに使われています。",
  },
  "import.ownedByDirectory": {
    en: "The directory {directory} keeps this. Change it there.",
    ja: "ディレクトリが管理しています。ディレクトリ側で変更してください。",
    jaWith: "{directory} が管理しています。ディレクトリ側で変更してください。",
  },
  "import.ownAccount": { ja: "ご自身のアカウントです。インポートでは、削除、無効化、ロールの変更はできません。" },
  "import.groupUnknown": {
    en: "There is no group named {group}.",
    ja: "このグループはありません。",
    jaWith: "{group} という名前のグループはありません。",
  },
  "import.groupAmbiguous": {
    en: "Several groups are named {group}.",
    ja: "この名前のグループが複数あります。",
    jaWith: "{group} という名前のグループが複数あります。",
  },
  "import.groupsNeeded": { ja: "グループの変更には、グループの管理の権限が必要です。" },
  "import.statusImpossible": {
    ja: "利用中のアカウントを開始待ちに戻すことは、ファイルではできません。コンソールで本人情報を削除してください。",
  },
  "import.managerUnknown": { ja: "このユーザー名のアカウントはなく、上の行でも追加されません。" },
  "import.changedSince": { ja: "行の確認後にアカウントが変わったため、この行は実行しませんでした。" },
  "import.rowBroken": { ja: "この行の処理で問題が起きました。詳細はサーバーのログにあります。" },
  "setup.done": { ja: "最初の管理者はすでに作成されています。" },
};

/** The kinds of characters that `password.classMissing` may miss, by the setting that asks for them. */
const classWords: Readonly<Record<string, string>> = {
  "passwords.requireLower": "英字の小文字を入れてください。",
  "passwords.requireUpper": "英字の大文字を入れてください。",
  "passwords.requireDigit": "数字を入れてください。",
  "passwords.requireSymbol": "記号を入れてください。",
};

/** What to tell someone about a failure, in their language: with numbers where the failure brings them. */
export function failureText(failure: Failure, locale: Locale): string {
  const { code, data, message } = failure;
  const words = failureWords[code];
  const values: Values =
    typeof data["seconds"] === "number" ? { ...data, seconds: formatDuration(locale, data["seconds"]) } : data;
  if (locale === "en") {
    // A sentence that came with the failure knows more than any table.
    const isOwn = message !== failures[code].says;
    return !isOwn && words.en && hasAll(words.en, values) ? fill(words.en, values) : message;
  }
  if (code === "password.classMissing") return classWords[String(data["class"])] ?? words.ja;
  return words.jaWith && hasAll(words.jaWith, values) ? fill(words.jaWith, values) : words.ja;
}

function hasAll(text: string, values: Values): boolean {
  return placesOf(text).every((place) => Object.hasOwn(values, place));
}
