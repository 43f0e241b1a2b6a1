import { createHash } from "node:crypto";
import type { Context } from "koa";
import { deleteConsoleSession, insertConsoleSession, selectAccountName } from "../../db/sql/console-sessions.ts";
import { newId } from "../../kernel/ids.ts";
import type { TokenId } from "../../kernel/ids.ts";
import { hashSecret, isSecret, newSecret } from "../../kernel/secrets.ts";
import { consoleClientId } from "../../oidc/app-clients.ts";
import type { Oidc } from "../../oidc/open-oidc.ts";
import { redeemCode } from "../../oidc/redeem-code.ts";
import { showPage } from "../shell/show-page.ts";
import { absoluteSeconds, idleSeconds } from "./identify-console.ts";

const signInMs = 60 * 60 * 1000;

/** What is kept in the browser between going to sign in and coming back. */
interface Journey {
  state: string;
  nonce: string;
  verifier: string;
  returnTo: string;
}

/** Sends the browser to sign in: code flow with PKCE at the own issuer, like any app (RFC 6749 §4.1, RFC 7636). */
export function startSignIn(oidc: Oidc, ctx: Context): void {
  const { issuer } = oidc.house.config;
  const journey: Journey = {
    state: newSecret(),
    nonce: newSecret(),
    verifier: newSecret(),
    returnTo: safeReturn(ctx.originalUrl),
  };
  ctx.cookies.set(oidc.cookies.consoleSignIn, pack(journey), { ...cookieOptions, signed: true, maxAge: signInMs });
  const query = new URLSearchParams({
    client_id: consoleClientId,
    response_type: "code",
    redirect_uri: redirectUri(oidc),
    scope: "openid",
    state: journey.state,
    nonce: journey.nonce,
    code_challenge: createHash("sha256").update(journey.verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  ctx.set("Cache-Control", "no-store");
  ctx.status = 303;
  ctx.redirect(`${issuer}/oauth/authorize?${query.toString()}`);
}

/** Takes the browser back with its code and begins a session of the console. */
export async function finishSignIn(oidc: Oidc, ctx: Context): Promise<void> {
  const { house, cookies } = oidc;
  const journey = unpack(ctx.cookies.get(cookies.consoleSignIn, { signed: true }));
  ctx.cookies.set(cookies.consoleSignIn, null, { ...cookieOptions, signed: true });
  const { code, state, iss, error } = ctx.query;
  const isOurs =
    journey !== undefined &&
    typeof state === "string" &&
    isSecret(state, hashSecret(journey.state)) &&
    // RFC 9207 §2.4: an answer of another issuer is not for us.
    iss === house.config.issuer;
  if (!isOurs) return await showEnded(oidc, ctx);
  if (error !== undefined) return await showRefused(oidc, ctx, "");
  if (typeof code !== "string") return await showEnded(oidc, ctx);

  const redeemed = await redeemCode(oidc, {
    code,
    clientId: consoleClientId,
    redirectUri: redirectUri(oidc),
    verifier: journey.verifier,
  });
  if (redeemed === undefined || redeemed.nonce !== journey.nonce) return await showEnded(oidc, ctx);

  const token = newSecret();
  const now = house.now();
  const former = ctx.cookies.get(cookies.console, { signed: false });
  if (former !== undefined) await deleteConsoleSession(house.db, hashSecret(former));
  const begun = await insertConsoleSession(house.db, {
    id: newId<TokenId>(now),
    hash: hashSecret(token),
    userId: redeemed.userId,
    sessionId: redeemed.sessionUid,
    now,
    expiresAt: new Date(now.getTime() + Math.min(idleSeconds, absoluteSeconds) * 1000),
  });
  if (begun === 0) return await showRefused(oidc, ctx, await selectAccountName(house.db, redeemed.userId));
  ctx.cookies.set(cookies.console, token, { ...cookieOptions, signed: false });
  ctx.set("Cache-Control", "no-store");
  ctx.status = 303;
  ctx.redirect(journey.returnTo);
}

export const cookieOptions = { httpOnly: true, sameSite: "lax", path: "/" } as const;

function redirectUri(oidc: Oidc): string {
  return `${oidc.house.config.issuer}/admin/callback`;
}

/** Only a path of the console: never another host, by `//`, `/\` or whatever a browser reads as such. */
function safeReturn(path: string): string {
  return /^\/admin\/[^\\\p{Cc}]*$/u.test(path) && path.length <= 1000 && !path.startsWith("/admin/callback")
    ? path
    : "/admin/";
}

async function showEnded(oidc: Oidc, ctx: Context): Promise<void> {
  await showPage(
    oidc.house,
    ctx,
    "signin-ended",
    { reason: "expired", startHref: "/admin/", app: { name: "Gatehouse" } },
    { status: 400, here: "/admin/" },
  );
}

async function showRefused(oidc: Oidc, ctx: Context, account: string): Promise<void> {
  await showPage(
    oidc.house,
    ctx,
    "signin-refused",
    { reason: "noAccess", account, app: { name: "Gatehouse" }, accountHref: "/account/" },
    { status: 403, here: "/admin/" },
  );
}

function pack(journey: Journey): string {
  return Buffer.from(JSON.stringify(journey)).toString("base64url");
}

/** The cookie is signed: what is in it is what `pack` put there. */
function unpack(cookie: string | undefined): Journey | undefined {
  if (cookie === undefined) return undefined;
  return JSON.parse(Buffer.from(cookie, "base64url").toString("utf8")) as Journey;
}
