import type { Context } from "koa";
import { deleteConsoleSession } from "../../db/sql/console-sessions.ts";
import { hashSecret } from "../../kernel/secrets.ts";
import { endBrowserSession } from "../../oidc/end-browser-session.ts";
import type { Oidc } from "../../oidc/open-oidc.ts";
import { signOut } from "../../oidc/read-session.ts";
import { factsOf } from "../shell/request.ts";
import { cookieOptions } from "./sign-in.ts";

/** Ends the console's session and the sign-in behind it, and forgets their cookies. */
export async function signOutConsole(oidc: Oidc, ctx: Context): Promise<void> {
  const { house, cookies } = oidc;
  const token = ctx.cookies.get(cookies.console, { signed: false });
  if (token !== undefined) {
    const sessionId = await deleteConsoleSession(house.db, hashSecret(token));
    if (sessionId !== undefined) await endBrowserSession(house, sessionId, factsOf(ctx));
    ctx.cookies.set(cookies.console, null, { ...cookieOptions, signed: false });
  }
  await signOut(oidc, ctx);
}
