import type { overviewEnglish } from "./overview-english.ts";

/** What the overview says beside its older parts, in Japanese. */
export const overviewJapanese: typeof overviewEnglish = {
  monthlyActive: "月間アクティブユーザー",
  monthlyText: (month) => `その月にアプリへサインインした人の数です。${month}はまだ終わっていません。`,
  noneActive: "アプリにサインインした人はまだいません。",
  month: "月",
  users: "ユーザー",
  soFar: (month) => `${month} (途中)`,
  last30: "過去30日",
  factors: "第二要素",
  factorsText: (count) => `設定済みのアカウント: ${count}`,
  noFactors: "第二要素を設定した人はまだいません。",
  withFactor: "第二要素あり",
  withFactorNote: (count) => `${count}アカウント`,
  factorKinds: { passkey: "パスキー", totp: "認証アプリ", email: "メールのコード", none: "なし" },
  countedAt: (time) => `アカウントの集計: ${time}`,
  jobsFailed: (count) => `${count}件のバックグラウンド処理が失敗`,
  jobsFailedText: "何度か試しましたが失敗しました。理由はサーバーのログにあります。",
  jobsWaiting: (count) => `${count}件のバックグラウンド処理が待機中`,
  jobsWaitingText: (running) => `${running}件を処理中です。減らないときは、ワーカーが動いているか確認してください。`,
  tokenEnds: (day) => `最後のトークンが${day}に切れます。その前に新しく作らないと、何も送れなくなります。`,
  tokenBadge: "トークン期限",
  point: (day, signedIn, failed) => `${day}: サインイン${signedIn}、失敗${failed}`,
  bar: (month, users) => `${month}: ${users}`,
};
