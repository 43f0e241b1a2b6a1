import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { makeThrottle } from "../../signin/throttle.ts";
import type { Mount } from "../shell/mount.ts";
import { isBelow } from "../shell/mount.ts";
import { accountDoor } from "./account.ts";
import { confirmDoor } from "./confirm.ts";
import { activationDoor, forgotDoor, resetDoor, setupDoor } from "./links.ts";
import { signInDoor } from "./sign-in.ts";
import { upstreamDoor } from "./upstream.ts";

const roots = ["/signin", "/activate", "/reset", "/setup", "/account"];

/** The pages for everybody: signing in, activating, resetting, setting up, and the own account. */
export const mountDoor: Mount = (house, shared) => {
  const throttle = makeThrottle(house.db);
  const signing = signInDoor(house, shared, throttle);
  const upstream = upstreamDoor(house, shared, throttle);
  const forgot = forgotDoor(house, throttle);
  const account = accountDoor(house, shared, throttle);
  const router = new Router();

  router.get("/signin/sso/callback", async (ctx) => await upstream.callback(ctx));
  router.post("/signin/sso/:id/logout", async (ctx) => await upstream.logout(ctx, ctx.params["id"] ?? ""));
  router.get("/signin/:uid/sso/:id", async (ctx) => {
    await upstream.begin(ctx, ctx.params["uid"] ?? "", ctx.params["id"] ?? "");
  });
  router.get("/signin/:uid", async (ctx) => await signing.show(ctx, ctx.params["uid"] ?? ""));
  const confirm = confirmDoor(house);
  router.get("/signin/confirm/:secret", async (ctx) => await confirm.show(ctx, ctx.params["secret"] ?? ""));
  router.post("/signin/confirm/:secret", async (ctx) => await confirm.post(ctx, ctx.params["secret"] ?? ""));
  router.get("/signin/:uid/waiting", async (ctx) => await signing.showState(ctx, ctx.params["uid"] ?? ""));
  // A step is shown by posting to it; whoever reloads its address begins at the step that is waited for.
  router.get("/signin/:uid/:step", (ctx) => ctx.redirect(`/signin/${encodeURIComponent(ctx.params["uid"] ?? "")}`));
  router.post(
    "/signin/:uid/:step",
    async (ctx) => await signing.post(ctx, ctx.params["uid"] ?? "", ctx.params["step"] ?? ""),
  );

  router.get("/reset", async (ctx) => await forgot.show(ctx));
  router.post("/reset", async (ctx) => await forgot.post(ctx));
  for (const [path, link] of [
    ["/activate/:secret", activationDoor(house)],
    ["/reset/:secret", resetDoor(house)],
    ["/setup/:secret", setupDoor(house)],
  ] as const) {
    router.get(path, async (ctx) => await link.show(ctx, ctx.params["secret"] ?? ""));
    router.post(path, async (ctx) => await link.post(ctx, ctx.params["secret"] ?? ""));
  }

  router.get("/account", async (ctx) => await account.home(ctx));
  router.get("/account/callback", async (ctx) => await account.callback(ctx));
  router.get("/account/profile", async (ctx) => await account.pages.profile(ctx));
  router.post("/account/profile", async (ctx) => await account.pages.postProfile(ctx));
  router.get("/account/apps", async (ctx) => await account.pages.apps(ctx));
  router.post("/account/apps/:id/revoke", async (ctx) => await account.pages.revokeApp(ctx, ctx.params["id"] ?? ""));
  router.get("/account/activity", async (ctx) => await account.pages.activity(ctx));
  router.get("/account/data.json", async (ctx) => await account.pages.data(ctx));
  router.get("/account/password", async (ctx) => await account.password(ctx));
  router.post("/account/password", async (ctx) => await account.postPassword(ctx));
  router.post("/account/sign-out", async (ctx) => await account.signOut(ctx));
  const { factors } = account;
  router.get("/account/factors", async (ctx) => await account.showFactors(ctx));
  router.post("/account/factors/default", async (ctx) => await factors.choose(ctx));
  router.post("/account/factors/codes", async (ctx) => await factors.renewCodes(ctx));
  router.post("/account/factors/remove", async (ctx) => await factors.remove(ctx, "totp"));
  router.post("/account/factors/email/remove", async (ctx) => await factors.remove(ctx, "email"));
  router.get("/account/factors/passkeys/:id", async (ctx) => await factors.showPasskey(ctx, ctx.params["id"] ?? ""));
  router.post("/account/factors/passkeys/:id", async (ctx) => await factors.rename(ctx, ctx.params["id"] ?? ""));
  router.post(
    "/account/factors/passkeys/:id/remove",
    async (ctx) => await factors.remove(ctx, "passkey", ctx.params["id"] ?? ""),
  );
  router.get("/account/factors/:page", async (ctx) => await factors.show(ctx, ctx.params["page"] ?? ""));
  router.post("/account/factors/:page", async (ctx) => await factors.post(ctx, ctx.params["page"] ?? ""));
  router.post("/account/devices/:id/remove", async (ctx) => await account.removeDevice(ctx, ctx.params["id"] ?? ""));
  router.post(
    "/account/devices/:id/distrust",
    async (ctx) => await account.distrustDevice(ctx, ctx.params["id"] ?? ""),
  );
  router.post("/account/sessions/end-others", async (ctx) => await account.endOthers(ctx));
  router.post("/account/sessions/:id/end", async (ctx) => await account.endSession(ctx, ctx.params["id"] ?? ""));

  const routes = router.routes() as Middleware;
  return async (ctx: Context, next) => {
    if (!roots.some((root) => isBelow(root, ctx.path))) return await next();
    return await routes(ctx, next);
  };
};
