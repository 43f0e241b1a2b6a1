/** What the console says about connecting an app. Names of products and libraries are theirs. */
export const appExamplesEnglish = {
  names: { environment: "Environment", node: "Node.js", curl: "curl" },
  hints: {
    node: "With the library openid-client 6, which checks what has to be checked. Others are listed at openid.net/developers/certified.",
    curl: "To look at what the server answers. Programs better use a library.",
  },
  addresses: "Single addresses",
  addressesText: "For software that asks for each of them. What reads the configuration by itself needs none.",
  addressNames: {
    authorization_endpoint: "Authorization",
    token_endpoint: "Tokens",
    userinfo_endpoint: "User info",
    introspection_endpoint: "Introspection",
    jwks_uri: "Signing keys",
    end_session_endpoint: "Sign-out",
  },
};
