import { createHmac } from "node:crypto";
import type { Middleware } from "koa";
import { errors, Provider } from "oidc-provider";
import type { AdapterPayload, Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { Db } from "../db/connect.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { beginUserCode, isRefusal, makeThrottle, networkOf, pollsTooOften, tooMany } from "../signin/throttle.ts";
import type { EnteredCode, OidcPages } from "./oidc-pages.ts";

type DeviceFlow = NonNullable<NonNullable<Configuration["features"]>["deviceFlow"]>;

/** Where people type the code that a device shows. */
export const userCodePath = "/oauth/device/code";

/**
 * Signing in on a device without a browser (RFC 8628): the person types its code in a browser, sees which app asks from
 * where, and goes through the same sign-in as everywhere.
 */
export function deviceFlow(pages: OidcPages): DeviceFlow {
  return {
    enabled: true,
    // Twenty letters that make no words and are not taken for each other; eight of them are 2.5 × 10^10 codes.
    charset: "base-20",
    mask: "****-****",
    deviceInfo: (ctx) => ({
      address: text(ctx.state["address"]) ?? null,
      userAgent: ctx.get("user-agent").slice(0, 300),
    }),
    async userCodeInputSource(ctx, _form, _out, error) {
      const problem = error === undefined ? undefined : (problems[error.name] ?? "failed");
      if (problem === "wrong") ctx.state[guessed] = true;
      await pages.enterCode(ctx, {
        ...formOf(ctx),
        userCode: text(ctx.oidc.params?.["user_code"]) ?? text(ctx.state[linkedCode]),
        problem,
      });
    },
    async userCodeConfirmSource(ctx, _form, client, deviceInfo, userCode) {
      const { address, userAgent } = deviceInfo as { address?: unknown; userAgent?: unknown };
      await pages.confirmDevice(ctx, {
        ...formOf(ctx),
        userCode,
        appName: client.clientName ?? client.clientId,
        address: text(address),
        userAgent: text(userAgent),
        askedAt: new Date((ctx.oidc.entities.DeviceCode?.iat ?? 0) * 1000),
      });
    },
    async successSource(ctx) {
      await pages.deviceDone(ctx, { appName: ctx.oidc.client?.clientName });
    },
  };
}

/** What the provider calls what went wrong with a code, in the words of the page. */
const problems: Record<string, EnteredCode["problem"]> = {
  NoCodeError: "missing",
  NotFoundError: "wrong",
  ExpiredError: "wrong",
  AlreadyUsedError: "used",
  AbortedError: "stopped",
};

const linkedCode = "linkedUserCode";
const guessed = "guessedUserCode";

/**
 * Comes before the provider at the page for codes. A link that has the code in it shows the same page with the code
 * filled in: the provider would post it on with a script, and nobody would have compared it with the device
 * (RFC 8628 §3.3.1, §5.4). Wrong codes are counted by network, those at once like those one after the other (§5.1).
 *
 * @throws signin.throttled with the seconds to wait
 */
export function guardUserCodes(db: Db): Middleware {
  const throttle = makeThrottle(db);
  return async (ctx, next) => {
    if (ctx.path !== userCodePath) return await next();
    if (ctx.method !== "POST") {
      ctx.state[linkedCode] = ctx.query["user_code"];
      ctx.querystring = "";
      return await next();
    }
    const leave = await beginUserCode(throttle, networkOf(text(ctx.state["address"])));
    if (isRefusal(leave)) throw tooMany(leave);
    await next();
    if (ctx.state[guessed] !== true) await leave.takeBack();
    return undefined;
  };
}

/**
 * Holds back devices that ask all the time whether somebody has answered for their code, and not every five seconds
 * (RFC 8628 §3.5).
 *
 * @throws errors.SlowDown
 */
export function slowPolls(db: Db): (code: AdapterPayload | undefined) => Promise<void> {
  const throttle = makeThrottle(db);
  return async (code) => {
    if (Provider.ctx?.oidc.route !== "token" || code?.jti === undefined) return;
    const isPending = code.accountId === undefined && code.error === undefined;
    if (isPending && (await pollsTooOften(throttle, code.jti))) throw new errors.SlowDown();
  };
}

/** What a user code is kept as: it is short, so its digest is made with a key. */
export function digestUserCode(keyring: Keyring, userCode: string): string {
  const [key = ""] = keyring.signingKeys("user-codes");
  return createHmac("sha256", key).update(userCode).digest("base64url");
}

/** Where the forms of these pages go, and what they prove themselves with; the provider keeps it in the session. */
function formOf(ctx: KoaContextWithOIDC): { action: string; xsrf: string } {
  const xsrf = ctx.oidc.session?.state?.["secret"];
  if (typeof xsrf !== "string") throw new Error("the page for codes has no secret");
  return { action: userCodePath, xsrf };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
