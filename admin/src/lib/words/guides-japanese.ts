import type { guidesEnglish } from "./guides-english.ts";

/** 相手のシステムでの手順。相手の画面にある言葉はバッククォートで囲む。 */
export const guidesJapanese: typeof guidesEnglish = {
  okta: {
    steps: [
      "Admin Console の `Applications` で、割り当てに使うアプリを開きます。まだなければ `Create App Integration` で作成します（SAML または SWA。ほかの種類では SCIM を使えません）。",
      "`General` タブの `App Settings` を編集し、`Provisioning` を `SCIM` にします。",
      "新しくできた `Provisioning` タブの `Integration` で `Edit` を押します。ベース URL を `SCIM connector base URL` に貼り付け、`Unique identifier field for users` に userName と入力します。",
      "`Push New Users`、`Push Profile Updates`、`Push Groups` を選びます。",
      "`Authentication Mode` を `HTTP Header` にし、トークンを `Authorization: Bearer` の後ろに貼り付けます。`Test Connector Configuration` を押してから `Save` を押します。",
      "`To App` で `Edit` を押し、`Create Users`、`Update User Attributes`、`Deactivate Users` を有効にします。",
      "`Assignments` で人を、`Push Groups` でグループを選びます。リクエストは下に表示されます。",
    ],
    note: "Okta はアカウントを削除しません。割り当てが外れた人はここで無効になり、戻ると同じアカウントが有効になります。",
  },
  entra: {
    steps: [
      "Entra 管理センターの `Enterprise applications` で `New application`、`Create your own application` を押し、`Integrate any other application you don't find in the gallery (Non-gallery)` を選びます。",
      "`Provisioning` を開き、`New configuration` を押します（以前の画面では `Provisioning Mode` を `Automatic` にします）。",
      "ここに表示される `Tenant URL` 用のアドレスを末尾のフラグごと入力し、トークンを `Secret Token` に貼り付けます。`Test Connection` を押してから `Create` または `Save` を押します。",
      "`Mappings` の `Provision Microsoft Entra ID Users` を開きます。userPrincipalName を userName に対応させ、照合の優先順位を 1 にします。externalId には mailNickname の代わりに objectId を対応させます。",
      "`Provision Microsoft Entra ID Groups` はオンのままにします。照合は displayName で行われ、メンバーも同期されます。",
      "`Users and groups` に対象を追加し、`Start provisioning` を押します。`Provision on demand` で 1 人だけすぐに試せます。全体の同期は約 40 分ごとです。",
    ],
    note: "フラグ ?aadOptscim062020 を付けると、Entra ID の動作が標準に近くなります。付けなくても、「設定」で Entra ID の書き方を受け入れていれば動作します。",
  },
  onelogin: {
    steps: [
      "`Applications` で `Add App` を押し、`SCIM Provisioner with SAML (SCIM v2 Enterprise)` を選びます。",
      "`Configuration` タブで、ベース URL を末尾のスラッシュなしで `SCIM Base URL` に、トークンを `SCIM Bearer Token` に貼り付けます。",
      "下のテンプレートを `SCIM JSON Template` に貼り付け、`Custom Headers` に Content-Type: application/scim+json と入力します。そのあと `API Connection` の `Enable` を押します。",
      "`Provisioning` タブで `Enable provisioning` を選びます。管理者の承認を待たない操作のチェックを外し、離れた人を削除するか停止するかを選びます。",
      "`Parameters` タブで、scimusername をサインインに使う名前にします。グループを送るには `Groups` を開き、`Include in User Provisioning` を選びます。",
      "`Access` タブまたは `Users` で人を割り当てます。リクエストは下に表示されます。",
    ],
    note: "グループはテンプレートに含めません。OneLogin が別に送ります。",
  },
  jumpcloud: {
    steps: [
      "`SSO Applications` で `Add New Application` を押し、`Custom Application` と `Export users to this app (Identity Management)` を選びます。",
      "`Identity Management` タブで `API Type` を SCIM API、`SCIM Version` を SCIM 2.0 にします。ベース URL を `Base URL` に、トークンを `Token Key` に貼り付けます。",
      "`Test User Email` には、ここのどのアカウントも使っていないアドレスを入力します。JumpCloud はそのユーザーとグループを作成し、両方を削除します。",
      "`Enable management of User Groups and Group Membership in this application` を選び、`Test Connection`、`Activate`、`Save` の順に押します。",
      "`User Groups` タブで対象を選びます。リクエストは下に表示されます。",
    ],
    note: "選んだグループから外れた人のアカウントは JumpCloud が停止し、ここでは無効になります。",
  },
  google: {
    steps: [
      "管理コンソールの `Apps`、`Web and mobile apps` で SAML アプリを開きます。プロビジョニングは一部の種類のアプリだけに提供されています。`Autoprovisioning` がない場合は利用できません。",
      "`Configure autoprovisioning` を押し、トークンを `Access token` に、続いてベース URL を `Endpoint URL` に貼り付けます。",
      "`Attribute mapping` に下の対応を入力します。名前はこのサーバーから読み取られます。",
      "`Provisioning scope` でグループを選びます。選ばなければ、アプリを使えるすべての人が対象です。",
      "`Deprovisioning` で、何日後に停止（ここでは無効化）し、何日後に削除するかを選びます。",
      "`Autoprovisioning` をオンにします。リクエストは下に表示されます。",
    ],
    note: "Google は、停止していないアカウントを削除することがあります。削除されたアカウントは、セッションと所属を含めてなくなります。",
  },
  sailpoint: {
    steps: [
      "Identity Security Cloud の `Admin`、`Connections`、`Sources` で `Create New` を押し、`SCIM 2.0` を選びます。IdentityIQ では `Applications`、`Application Definition` にあります。",
      "ベース URL を `Base URL` に貼り付けます。`Authentication Type` を `API Token` にして、トークンを貼り付けます。",
      "`Test Connection` を押します。SailPoint は構成、リソースタイプ、スキーマを読み取ります。",
      "アカウントとグループで `Discover Schema` を押し、userName でアカウントを関連付けます。",
      "`Create Account` プロファイルに下の対応を入力し、`Account Aggregation` と `Entitlement Aggregation` を実行します。",
    ],
    note: "SailPoint に見えるのは、このディレクトリが所有するものです。既存のアカウントを管理させるには、「設定」で引き継ぎを許可します。",
  },
  other: {
    steps: [
      "SCIM 2.0（RFC 7643 と 7644）を選び、Authorization ヘッダーの Bearer トークン、またはスコープ scim の OAuth クライアント資格情報を使います。",
      "ベース URL はそのまま使います。末尾に /Users や /Groups を付けません。",
      "サインインに使う名前を userName に、メールの宛先を主要なメールアドレスに、変わらない ID を externalId に対応させます。",
      "人が離れたら active を false にします。アカウントが無効になり、セッションが終わります。",
      "最初の 1 人を試しに送り、下のリクエストを確かめます。",
    ],
    note: "サーバーの機能は /ServiceProviderConfig に、保存する属性は /Schemas にあります。",
  },
};
