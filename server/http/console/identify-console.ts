import type { Context } from "koa";
import { isPermission } from "../../contract/permissions.ts";
import { useConsoleSession } from "../../db/sql/console-sessions.ts";
import type { Actor } from "../../db/work.ts";
import { hashSecret } from "../../kernel/secrets.ts";
import type { Oidc } from "../../oidc/open-oidc.ts";
import { useSession } from "../../sessions/lifetimes.ts";
import { networkOf } from "../shell/request.ts";

/** A working day; the sign-in behind it may end sooner. */
export const absoluteSeconds = 12 * 60 * 60;
/** NIST SP 800-63B-4 §2.2.3 advises an hour at most. Coming back takes no password while the sign-in goes on. */
export const idleSeconds = 60 * 60;

/**
 * Who is signed in to the console in this request's browser, with the permissions of their role as they are now.
 * One statement, and once a minute another that says so; nothing is kept between requests, so whatever ends a session ends it at once.
 */
export async function identifyConsole(oidc: Oidc, ctx: Context): Promise<Actor | undefined> {
  const { house, cookies } = oidc;
  const token = ctx.cookies.get(cookies.console, { signed: false });
  if (token === undefined) return undefined;
  const found = await useConsoleSession(house.db, hashSecret(token), {
    now: house.now(),
    absoluteSeconds,
    idleSeconds,
  });
  if (found === undefined) return undefined;
  if (found.stale_session_id !== null) await useSession(house.db, found.stale_session_id, house.now());
  const held = new Set(found.permissions.filter(isPermission));
  return {
    kind: "user",
    id: found.user_id,
    name: found.display_name,
    can: (permission) => held.has(permission),
    ...networkOf(ctx),
  };
}
