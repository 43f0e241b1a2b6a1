import type { Reply } from "#console/api/call.ts";

/** What an example needs to know of the app. */
export interface Ingredients {
  app: Reply<"getApp">;
  issuer: string;
  /** The secret while it can be seen, else words in its place. */
  secret: string;
}

/** The kinds of examples, in the order in which they are offered. */
export const exampleNames = ["environment", "node", "curl"] as const;
export type ExampleName = (typeof exampleNames)[number];

/** A piece of a program to begin with, for an app of this kind. */
export const examples: Record<ExampleName, (from: Ingredients) => string> = {
  environment: ({ app, issuer, secret }) =>
    [
      `OIDC_ISSUER=${issuer}`,
      `OIDC_CLIENT_ID=${app.clientId}`,
      ...(app.kind === "public" ? [] : [`OIDC_CLIENT_SECRET=${secret}`]),
      ...(app.kind === "machine"
        ? []
        : [`OIDC_REDIRECT_URI=${app.redirectUris[0] ?? ""}`, 'OIDC_SCOPE="openid profile email"']),
    ].join("\n"),

  node: (from) => (from.app.kind === "machine" ? nodeMachine(from) : nodeSignIn(from)),

  curl: (from) => (from.app.kind === "machine" ? curlMachine(from) : curlSignIn(from)),
};

// openid-client 6 asks no server without TLS unless it is told to.
function discovery({ app, issuer }: Ingredients): string[] {
  const proof = app.kind === "public" ? "client.None()" : "client.ClientSecretBasic(process.env.OIDC_CLIENT_SECRET)";
  const options = issuer.startsWith("http:") ? ["  { execute: [client.allowInsecureRequests] },"] : [];
  return [
    'import * as client from "openid-client";',
    "",
    "const config = await client.discovery(",
    `  new URL("${issuer}"),`,
    `  "${app.clientId}",`,
    "  undefined,",
    `  ${proof},`,
    ...options,
    ");",
  ];
}

function nodeSignIn(from: Ingredients): string {
  return [
    ...discovery(from),
    "",
    "// Before the sign-in: keep verifier and state in the session of the browser.",
    "const verifier = client.randomPKCECodeVerifier();",
    "const state = client.randomState();",
    "const address = client.buildAuthorizationUrl(config, {",
    `  redirect_uri: "${from.app.redirectUris[0] ?? ""}",`,
    '  scope: "openid profile email",',
    "  code_challenge: await client.calculatePKCECodeChallenge(verifier),",
    '  code_challenge_method: "S256",',
    "  state,",
    "});",
    "// Redirect to address.href.",
    "",
    "// At the redirect address: the whole address that the browser came with.",
    "const tokens = await client.authorizationCodeGrant(config, new URL(request.url, origin), {",
    "  pkceCodeVerifier: verifier,",
    "  expectedState: state,",
    "});",
    "const { sub, name, email } = tokens.claims();",
  ].join("\n");
}

function nodeMachine(from: Ingredients): string {
  return [
    ...discovery(from),
    "",
    "const { access_token, expires_in } = await client.clientCredentialsGrant(config, {",
    '  resource: "https://api.example.com/",',
    '  scope: "read",',
    "});",
  ].join("\n");
}

function curlSignIn({ app, issuer, secret }: Ingredients): string {
  const proof = app.kind === "public" ? `  -d client_id=${app.clientId} \\` : `  -u '${app.clientId}:${secret}' \\`;
  return [
    "# What the server offers",
    `curl ${issuer}/.well-known/openid-configuration`,
    "",
    "# Tokens for the code that the browser came back with",
    `curl ${issuer}/oauth/token \\`,
    proof,
    "  -d grant_type=authorization_code \\",
    "  -d code=CODE \\",
    "  -d code_verifier=VERIFIER \\",
    `  --data-urlencode redirect_uri=${app.redirectUris[0] ?? ""}`,
    "",
    "# Who it is",
    `curl ${issuer}/oauth/userinfo -H 'Authorization: Bearer ACCESS_TOKEN'`,
  ].join("\n");
}

function curlMachine({ app, issuer, secret }: Ingredients): string {
  return [
    `curl ${issuer}/oauth/token \\`,
    `  -u '${app.clientId}:${secret}' \\`,
    "  -d grant_type=client_credentials \\",
    "  -d scope=read \\",
    "  --data-urlencode resource=https://api.example.com/",
  ].join("\n");
}
