import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** Claims of an ID token. */
export type Claims = Record<string, unknown>;

/**
 * An identity provider of somebody else's, small enough to be made faulty or hostile: tests choose whom it signs in and
 * change what it says on its way out.
 */
export interface UpstreamProvider {
  issuer: string;
  /** Whom it signs in. */
  person: Claims & { sub: string };
  /** Changes the claims of the next ID token. */
  forge: ((claims: Claims) => Claims) | undefined;
  /**
   * What a browser would be sent back with, once the person has signed in there.
   *
   * @param address the authorization request
   * @returns the address of the callback
   */
  answer(address: URL, changes?: Record<string, string>): URL;
  sign(claims: Claims, typ?: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens a provider on a port of its own, which knows one client: `gatehouse` with the secret `upstream-secret`. */
export async function openUpstream(): Promise<UpstreamProvider> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const codes = new Map<string, URLSearchParams>();
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void respond(request.url ?? "", request.headers.authorization, Buffer.concat(chunks).toString()).then(
        ({ status, body }) => reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      );
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const issuer = `http://127.0.0.1:${port}`;

  async function respond(path: string, authorization: string | undefined, text: string) {
    if (path === "/.well-known/openid-configuration") {
      return {
        status: 200,
        body: {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          end_session_endpoint: `${issuer}/logout`,
          authorization_response_iss_parameter_supported: true,
          id_token_signing_alg_values_supported: ["RS256"],
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
        },
      };
    }
    if (path === "/jwks") return { status: 200, body: { keys: [jwk] } };
    if (path !== "/token") return { status: 404, body: {} };
    const form = new URLSearchParams(text);
    const asked = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    // Both are encoded like a form's fields (RFC 6749 §2.3.1).
    const given = Buffer.from(authorization?.replace(/^Basic /, "") ?? "", "base64").toString();
    const isClient = decodeURIComponent(given) === "gatehouse:upstream-secret";
    if (!isClient || asked === undefined || asked.get("code_challenge") !== challenge) {
      return { status: 400, body: { error: "invalid_grant" } };
    }
    const nonce = asked.get("nonce");
    const plain: Claims = { iss: issuer, aud: "gatehouse", nonce, ...provider.person };
    const claims = provider.forge?.(plain) ?? plain;
    provider.forge = undefined;
    const idToken = await provider.sign(claims);
    return { status: 200, body: { access_token: "upstream-access", token_type: "Bearer", id_token: idToken } };
  }

  const provider: UpstreamProvider = {
    issuer,
    person: { sub: "nobody" },
    forge: undefined,
    answer(address, changes = {}) {
      const code = randomUUID();
      codes.set(code, address.searchParams);
      const back = new URL(address.searchParams.get("redirect_uri") ?? "");
      const fields = { code, state: address.searchParams.get("state") ?? "", iss: issuer, ...changes };
      for (const [name, value] of Object.entries(fields)) if (value !== "") back.searchParams.set(name, value);
      return back;
    },
    async sign(claims, typ = "JWT") {
      return await new SignJWT({ exp: Math.floor(Date.now() / 1000) + 300, ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "one", typ })
        .setIssuedAt()
        .sign(privateKey);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}
