import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";
import type { Configuration } from "oidc-provider";

// What oidc-provider does by itself: everything in memory, no account but one, no log. It runs as a process of its own
// and says where it listens, so that its processor time can be told from the benchmark's.
const redirectUri = "http://127.0.0.1:9/callback";
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const configuration: Configuration = {
  clients: [
    {
      client_id: "app",
      client_secret: "app-secret-app-secret-app-secret",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    },
    {
      client_id: "machine",
      client_secret: "machine-secret-machine-secret-machine",
      redirect_uris: [],
      grant_types: ["client_credentials"],
      response_types: [],
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" }] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: "read", accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
    },
  },
  pkce: { required: () => true },
  scopes: ["openid", "offline_access"],
  cookies: { keys: ["a key for the benchmark alone"] },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const provider = new Provider(`http://127.0.0.1:${port}`, configuration);
  const answer = provider.callback();
  server.on("request", (request, reply) => {
    // The only thing that is not the provider's own: a refresh token to begin with, as a sign-in would leave one.
    if (request.url !== "/refresh-token") return void answer(request, reply);
    void refreshToken(provider).then((token) => reply.end(token));
  });
  process.send?.(port);
});
process.once("disconnect", () => process.exit(0));

async function refreshToken(provider: Provider): Promise<string> {
  const client = await provider.Client.find("app");
  if (client === undefined) throw new Error("the provider has no app");
  const grant = new provider.Grant({ accountId: "somebody", clientId: "app" });
  grant.addOIDCScope("openid offline_access");
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: "somebody",
    client,
    grantId,
    gty: "authorization_code",
    scope: "openid offline_access",
    authTime: Math.floor(Date.now() / 1000),
  });
  return await token.save();
}
