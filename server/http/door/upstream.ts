import type { Context } from "koa";
import { readUpstreamLogout, endUpstream } from "../../connections/end-upstream.ts";
import { Failure } from "../../contract/failure.ts";
import type { FailureCode } from "../../contract/failure.ts";
import type { House } from "../../house.ts";
import { browserOf } from "../../oidc/browser-binding.ts";
import { readInteraction } from "../../oidc/finish-sign-in.ts";
import type { OpenSignIn } from "../../oidc/finish-sign-in.ts";
import { beginUpstreamAttempt } from "../../signin/attempt.ts";
import { factorFor } from "../../signin/prove-attempt.ts";
import { beginUpstream, signInUpstream, takeUpstream } from "../../signin/sign-in-upstream.ts";
import type { Throttle } from "../../signin/throttle.ts";
import type { PageViews } from "../pages/page-views.ts";
import type { Shared } from "../shell/mount.ts";
import { readBytes } from "../shell/read-body.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { showPage } from "../shell/show-page.ts";
import { leave, otherAccount, pageOptions, showEnded, stepFrom } from "./signing.ts";
import { signInSteps } from "./steps.ts";

const logoutLimitBytes = 16 * 1024;

type Reason = PageViews["signin-refused"]["reason"];

/** What the page says when nobody gets in; whatever else is refused had to do with making the account. */
const reasons = new Map<FailureCode, Reason>([
  ["signin.disabled", "disabled"],
  ["signin.blocked", "blocked"],
  ["signin.ssoOff", "ssoOff"],
  ["signin.unlinked", "unlinked"],
  ["signin.upstreamFailed", "upstreamFailed"],
  ["connection.paused", "connectionPaused"],
  ["connection.missing", "connectionPaused"],
]);

/** Signing in through somebody else's provider: the way there, the way back, and its word that a session is over. */
export interface UpstreamDoor {
  /** Sends the browser upstream. */
  begin(ctx: Context, uid: string, connectionId: string): Promise<void>;
  /** Takes what it comes back with. */
  callback(ctx: Context): Promise<void>;
  /** Takes a logout token (OpenID Connect Back-Channel Logout 1.0 §2.5). */
  logout(ctx: Context, connectionId: string): Promise<void>;
}

export function upstreamDoor(house: House, shared: Shared, throttle: Throttle): UpstreamDoor {
  const { oidc, metrics } = shared;
  const steps = signInSteps(house, shared, throttle);

  async function refuse(ctx: Context, signing: OpenSignIn, error: unknown, connection: string): Promise<void> {
    if (!(error instanceof Failure) || error.retryAfterSeconds !== undefined) throw error;
    metrics.signIns.inc({ outcome: error.code });
    const reason = reasons.get(error.code) ?? "notCreated";
    await showPage(
      house,
      ctx,
      "signin-refused",
      {
        reason,
        app: { name: signing.app.name },
        account: connection,
        otherAccountHref: otherAccount(signing),
        ...(reason === "blocked" ? { accountHref: "/account/" } : {}),
      },
      { ...pageOptions(signing), status: error.status === 404 ? 403 : error.status },
    );
  }

  return {
    async begin(ctx, uid, connectionId) {
      const signing = await readInteraction(oidc, ctx, uid);
      if (signing.state === "ended" || signing.prompt !== "login") {
        return await showEnded(house, ctx, signing.state === "ended" ? signing : { state: "ended", reason: "expired" });
      }
      const hint = ctx.query["login"];
      try {
        const { url } = await beginUpstream(house, {
          uid,
          connectionId,
          browser: browserOf(ctx),
          loginHint: typeof hint === "string" ? hint.slice(0, 320) : signing.loginHint,
          // Asked again, or asked not to take an old session: the session upstream is no answer to that.
          isFresh: signing.reasons.some((reason) => reason === "login_prompt" || reason === "max_age"),
          uiLocales: signing.uiLocales,
        });
        leave(ctx, url.href);
      } catch (error) {
        await refuse(ctx, signing, error, "");
      }
    },

    async callback(ctx) {
      const state = ctx.query["state"];
      const taken =
        typeof state === "string" ? await takeUpstream(house, { state, browser: browserOf(ctx) }) : undefined;
      if (taken === undefined) return await showEnded(house, ctx, { state: "ended", reason: "expired" });
      const signing = await readInteraction(oidc, ctx, taken.uid);
      if (signing.state === "ended") return await showEnded(house, ctx, signing);
      if (signing.prompt !== "login") return leave(ctx, `/signin/${taken.uid}`);
      const from = stepFrom(house, ctx, signing);
      const { connection } = taken;
      let attempt;
      try {
        const { user, subject, sid } = await signInUpstream(house, taken, ctx.querystring, from);
        const insists = signing.reasons.some((reason) => reason.startsWith("essential_acr"));
        // The provider upstream has its own factors; ours are asked for where the organization says so.
        const requires = connection.asks_factor && from.app?.requireFactor === true;
        const due = await factorFor(house, user, { requires, insists }, from);
        const factor = connection.asks_factor || (insists && due === "ask") ? due : "none";
        attempt = beginUpstreamAttempt(user, factor, {
          asksProtection: connection.asks_protection,
          upstream: { connectionId: connection.id, subject, sid },
        });
      } catch (error) {
        return await refuse(ctx, signing, error, connection.name);
      }
      await steps.goOn(ctx, signing, attempt);
    },

    async logout(ctx, connectionId) {
      ctx.set("Cache-Control", "no-store");
      const body = new URLSearchParams((await readBytes(ctx, logoutLimitBytes)).toString("utf8"));
      const told = await readUpstreamLogout(house, connectionId, body.get("logout_token") ?? "");
      if (told === undefined) {
        ctx.status = 400;
        ctx.body = { error: "invalid_request", error_description: "the logout token does not count" };
        return;
      }
      await endUpstream(house, told, { requestId: factsOf(ctx).requestId, ...networkOf(ctx) });
      ctx.status = 200;
      ctx.body = "";
    },
  };
}
