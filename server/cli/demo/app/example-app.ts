import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as oidc from "openid-client";
import { examplePage } from "./example-page.ts";

export interface ExampleApp {
  origin: string;
  close(): Promise<void>;
}

/** What one browser has under way, or has got. */
interface Visit {
  verifier?: string;
  state?: string;
  nonce?: string;
  idToken?: string;
  claims?: Record<string, unknown>;
}

const cookieName = "notes_visit";
const scope = "openid profile email groups";

/**
 * An application that signs people in over OpenID Connect, as small as one can be: authorization code with PKCE, state
 * and nonce (RFC 9700 §2.1), claims from the ID token and the userinfo endpoint, sign-out at the provider.
 *
 * @param register makes the app known to the provider once its address is known
 */
export async function startExampleApp(
  issuer: string,
  register: (origin: string) => Promise<{ clientId: string; clientSecret: string }>,
): Promise<ExampleApp> {
  const visits = new Map<string, Visit>();
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { clientId, clientSecret } = await register(origin);
  const config = await oidc.discovery(
    new URL(issuer),
    clientId,
    undefined,
    oidc.ClientSecretBasic(clientSecret),
    // The library wants to be told that a provider on this machine needs no TLS.
    issuer.startsWith("http:") ? { execute: [oidc.allowInsecureRequests] } : undefined,
  );
  const app = { origin, config, visits };
  server.on("request", (request, response) => {
    answer(app, request, response).catch((error: unknown) => {
      response.writeHead(500, { "Content-Type": "text/plain; charset=utf-8" });
      response.end(`Signing in failed. ${String(error)}`);
    });
  });
  return {
    origin,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

interface App {
  origin: string;
  config: oidc.Configuration;
  visits: Map<string, Visit>;
}

async function answer(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", app.origin);
  const visit = visitOf(app, request, response);
  if (url.pathname === "/sign-in") return redirect(response, await beginSignIn(app, visit));
  if (url.pathname === "/callback") {
    await finishSignIn(app, visit, url);
    return redirect(response, app.origin);
  }
  if (url.pathname === "/sign-out") return redirect(response, endSignIn(app, visit));
  if (url.pathname !== "/") return void response.writeHead(404).end();
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.setHeader(
    "Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  );
  response.end(examplePage(visit.claims === undefined ? undefined : { claims: visit.claims }));
}

async function beginSignIn({ config, origin }: App, visit: Visit): Promise<string> {
  visit.verifier = oidc.randomPKCECodeVerifier();
  visit.state = oidc.randomState();
  visit.nonce = oidc.randomNonce();
  return oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${origin}/callback`,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(visit.verifier),
    code_challenge_method: "S256",
    state: visit.state,
    nonce: visit.nonce,
  }).href;
}

async function finishSignIn({ config }: App, visit: Visit, url: URL): Promise<void> {
  const { verifier, state, nonce } = visit;
  if (verifier === undefined || state === undefined || nonce === undefined) throw new Error("No sign-in is under way.");
  const tokens = await oidc.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined || tokens.id_token === undefined) throw new Error("There is no ID token.");
  const more = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  // What was under way is used up; the browser is somebody's from here.
  for (const key of ["verifier", "state", "nonce"] as const) delete visit[key];
  visit.idToken = tokens.id_token;
  visit.claims = { ...claims, ...more };
}

function endSignIn({ config, origin }: App, visit: Visit): string {
  const { idToken } = visit;
  delete visit.claims;
  delete visit.idToken;
  if (idToken === undefined) return origin;
  return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: `${origin}/`, id_token_hint: idToken }).href;
}

function visitOf({ visits }: App, request: IncomingMessage, response: ServerResponse): Visit {
  const id = new RegExp(`(?:^|; )${cookieName}=([\\w-]+)`).exec(request.headers.cookie ?? "")?.[1];
  const known = id === undefined ? undefined : visits.get(id);
  if (known !== undefined) return known;
  const visit: Visit = {};
  const newId = randomBytes(24).toString("base64url");
  visits.set(newId, visit);
  response.setHeader("Set-Cookie", `${cookieName}=${newId}; Path=/; HttpOnly; SameSite=Lax`);
  return visit;
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(303, { Location: to }).end();
}
