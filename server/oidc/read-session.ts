import type { Context } from "koa";
import type { UserId } from "../kernel/ids.ts";
import { useSession } from "../sessions/lifetimes.ts";
import { endBrowserSession } from "./end-browser-session.ts";
import type { Oidc } from "./open-oidc.ts";

/** Who is signed in in a browser. */
export interface BrowserSession {
  /** Id of the row in `sessions`. */
  id: string;
  userId: UserId;
  /** When the person last proved who they are. */
  signedInAt: Date;
  amr: readonly string[];
}

/**
 * The signed-in session of a request's browser, for the account pages; a blocked user has one too. Looking at them is
 * use: it moves the end of the session.
 */
export async function readSession(oidc: Oidc, ctx: Context): Promise<BrowserSession | undefined> {
  const cookie = ctx.cookies.get(oidc.cookies.session, { signed: true });
  if (cookie === undefined) return undefined;
  const session = await oidc.provider().Session.find(cookie);
  if (session?.accountId === undefined) return undefined;
  await useSession(oidc.house.db, session.uid, new Date());
  return {
    id: session.uid,
    userId: session.accountId as UserId,
    signedInAt: new Date((session.loginTs ?? 0) * 1000),
    amr: session.amr ?? [],
  };
}

/** Ends the session of a request's browser and forgets its cookie. */
export async function signOut(oidc: Oidc, ctx: Context): Promise<void> {
  const session = await readSession(oidc, ctx);
  if (session !== undefined) {
    const address: unknown = ctx.state["address"];
    await endBrowserSession(oidc.house, session.id, {
      requestId: String(ctx.state["requestId"] ?? ""),
      ...(typeof address === "string" && { address }),
    });
  }
  ctx.cookies.set(oidc.cookies.session, null, { path: "/", signed: true, httpOnly: true, sameSite: "lax" });
}
