import { errors, interactionPolicy } from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { selectConnection, selectUpstreamOf } from "../db/sql/connections.ts";
import type { Upstream } from "../signin/attempt.ts";
import type { HouseAccount } from "./accounts.ts";
import { accountClientId, requireFactor, thirdParty } from "./app-clients.ts";

/** How strongly somebody was authenticated (RFC 8176 lists what `amr` may say). */
export const acr = { oneFactor: "urn:gatehouse:1fa", twoFactors: "urn:gatehouse:2fa" } as const;

const kinds: Record<string, "knows" | "has" | "is"> = {
  pwd: "knows",
  pin: "knows",
  otp: "has",
  hwk: "has",
  swk: "has",
  email: "has",
  fpt: "is",
  face: "is",
};

/** The authentication context of a sign-in by its methods: two kinds of factors make two factors. */
export function acrOf(amr: readonly string[]): string {
  if (amr.includes("mfa")) return acr.twoFactors;
  const used = new Set(amr.map((method) => kinds[method]).filter((kind) => kind !== undefined));
  return used.size >= 2 ? acr.twoFactors : acr.oneFactor;
}

/**
 * When somebody is asked: to sign in, and for third-party apps to consent. Apps of the organization's own get what they
 * ask for, as their Grant says (see load-grant.ts). Whoever may not use the app sees a page that says so, and can go on
 * as somebody else (G4).
 */
export function promptPolicy(db: Db) {
  const policy = interactionPolicy.base();
  const login = policy.get("login");
  const consent = policy.get("consent");
  if (login === undefined || consent === undefined) throw new Error("oidc-provider has no prompts login and consent");

  login.checks.add(
    new interactionPolicy.Check("account_status", "the account may not use apps", (ctx) => {
      requireApps(ctx);
      return interactionPolicy.Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    new interactionPolicy.Check(
      "factor_required",
      "the app requires a second factor",
      askOnce(async (ctx) => await needsFactor(db, ctx)),
    ),
  );
  for (const reason of ["essential_acr", "essential_acrs"]) {
    const unmet = login.checks.get(reason);
    if (unmet !== undefined) unmet.check = askOnce(unmet.check);
  }
  policy.add(
    new interactionPolicy.Prompt(
      { name: "access", requestable: false },
      new interactionPolicy.Check(
        "app_not_open",
        "the account may not use this application",
        "access_denied",
        isClosed,
      ),
    ),
    1,
  );
  for (const check of consent.checks) {
    const ask = check.check;
    check.check = async (ctx) => isThirdParty(ctx) && (await ask(ctx));
  }
  return policy;
}

/**
 * Asks for a stronger sign-in once. Whoever has just signed in and is still not authenticated as strongly as the app
 * insists on cannot be; asking again would never end.
 */
function askOnce(check: interactionPolicy.Check["check"]): interactionPolicy.Check["check"] {
  return async (ctx) => {
    const isUnmet = await check(ctx);
    if (isUnmet && ctx.oidc.result?.login !== undefined) {
      throw new errors.UnmetAuthenticationRequirements("the account cannot sign in as strongly as was asked");
    }
    return isUnmet;
  };
}

/**
 * Whether a session is too weak for the app: then the factor alone is asked for, and the session goes on with it. One
 * that began upstream is not, unless its connection is one that factors are asked for with (S5).
 */
async function needsFactor(db: Db, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { session, client } = ctx.oidc;
  if (session?.accountId === undefined || client?.[requireFactor] !== true) return false;
  if (session.acr === acr.twoFactors) return false;
  if (session.amr?.includes("fed") !== true) return true;
  // Of a sign-in that is just being completed nothing is written yet.
  const upstream = ctx.oidc.result?.login?.["upstream"] as Upstream | undefined;
  const connection = upstream?.connectionId ?? (await selectUpstreamOf(db, session.uid));
  return connection === undefined || (await selectConnection(db, connection))?.asks_factor !== false;
}

/** Whether somebody is signed in whom the app is not open to. */
function isClosed(ctx: KoaContextWithOIDC): boolean {
  const account = ctx.oidc.account as HouseAccount | undefined;
  return ctx.oidc.session?.accountId !== undefined && account?.mayUseApp === false;
}

/** Whether the app of a request belongs to somebody else than the organization. */
export function isThirdParty(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.client?.[thirdParty] !== false;
}

/**
 * The session is there, but its user is not, or is blocked (S7).
 *
 * @throws errors.AccessDenied which goes back to the app as `access_denied`
 */
function requireApps(ctx: KoaContextWithOIDC): void {
  if (ctx.oidc.session?.accountId === undefined) return;
  const account = ctx.oidc.account as HouseAccount | undefined;
  if (account === undefined) throw new errors.AccessDenied("the account is not active");
  if (account.isBlocked && ctx.oidc.client?.clientId !== accountClientId) {
    throw new errors.AccessDenied("the account may not use applications");
  }
}
