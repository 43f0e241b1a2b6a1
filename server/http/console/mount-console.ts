import { failure } from "../../contract/failure.ts";
import { isBelow } from "../shell/mount.ts";
import type { Mount } from "../shell/mount.ts";
import { frameMail } from "./frame-mail.ts";
import { finishSignIn, startSignIn } from "./sign-in.ts";
import { buildServer } from "./serve-build.ts";

const root = "/admin";

/**
 * The console: its files for everybody, its page for whoever is signed in to it. Every address below `/admin/` that is
 * no file is one of the console's own pages, which it shows itself.
 */
export const mountConsole: Mount = (house, { oidc, identifyConsole }) => {
  const build = buildServer();
  return async (ctx, next) => {
    if (!isBelow(root, ctx.path)) return await next();
    if (ctx.path === `${root}/mail-frame` && ctx.method === "POST") {
      if ((await identifyConsole(ctx)) === undefined) throw failure("access.signInNeeded");
      return await frameMail(house, ctx);
    }
    if (ctx.method !== "GET" && ctx.method !== "HEAD") {
      ctx.set("Allow", "GET, HEAD");
      throw failure("request.wrongMethod");
    }
    if (ctx.path === root) {
      ctx.status = 308;
      ctx.redirect(`${root}/${ctx.search}`);
      return;
    }
    if (ctx.path === `${root}/callback`) return await finishSignIn(oidc, ctx);
    if (await build.serveFile(ctx, ctx.path.slice(root.length + 1))) return;
    if (ctx.accepts("json", "html") !== "html") throw failure("request.unknownPath");
    if ((await identifyConsole(ctx)) === undefined) return startSignIn(oidc, ctx);
    if (!(await build.servePage(ctx))) throw failure("server.busy", { says: "The console has not been built." });
  };
};
