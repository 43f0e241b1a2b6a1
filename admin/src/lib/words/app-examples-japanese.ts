import type { appExamplesEnglish } from "./app-examples-english.ts";

/** アプリの接続についての言葉。製品とライブラリの名前はそのまま。 */
export const appExamplesJapanese: typeof appExamplesEnglish = {
  names: { environment: "環境変数", node: "Node.js", curl: "curl" },
  hints: {
    node: "ライブラリ openid-client 6 を使う例です。必要な検証はライブラリが行います。ほかのライブラリは openid.net/developers/certified にあります。",
    curl: "サーバーの応答を確認するための例です。プログラムではライブラリの利用をお勧めします。",
  },
  addresses: "個別のアドレス",
  addressesText: "アドレスを1つずつ入力するソフトウェア用です。設定を自動で読み取るものには必要ありません。",
  addressNames: {
    authorization_endpoint: "認可",
    token_endpoint: "トークン",
    userinfo_endpoint: "ユーザー情報",
    introspection_endpoint: "トークンの照会",
    jwks_uri: "署名鍵",
    end_session_endpoint: "サインアウト",
  },
};
