import { Provider, errors } from "oidc-provider";
import type { Client, KoaContextWithOIDC } from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { consumeRecord, saveTokens } from "../db/sql/oidc-records.ts";
import type { Consumption, OidcRecord } from "../db/sql/oidc-records.ts";

/**
 * What a request to the token endpoint writes: a code or refresh token is used up, and tokens come in its place. The
 * provider says these one after the other; they are kept until the last of them is known and written in one statement,
 * which is cheaper, and leaves no token used up for an answer that did not come about.
 */
interface TokenWrites {
  used: Consumption;
  records: OidcRecord[];
}

const key = "tokenWrites";

/** Whether a refresh token comes with the tokens of a code. */
export function givesRefreshToken(client: Client, source: { scopes: Set<string> }): boolean {
  return client.grantTypeAllowed("refresh_token") && source.scopes.has("offline_access");
}

/**
 * Keeps in mind that a code or refresh token is used up by this request.
 *
 * @returns false where nothing else follows: outside the token endpoint, and for the code of a device, which is used up
 *   by hearing that the person said no
 */
export function useLater(used: Consumption): boolean {
  const ctx = Provider.ctx;
  if (ctx?.oidc.route !== "token" || used.model === "DeviceCode") return false;
  ctx.state[key] = { used, records: [] } satisfies TokenWrites;
  return true;
}

/**
 * Takes a token that comes in the place of one that is used up, and writes all when it is the last.
 *
 * @returns false when none is used up for it
 * @throws errors.InvalidGrant another request has used it meanwhile
 */
export async function saveWithUse(db: Db, record: OidcRecord): Promise<boolean> {
  const ctx = Provider.ctx;
  const writes = writesOf(ctx);
  if (ctx === undefined || writes === undefined) return false;
  writes.records.push(record);
  if (isLast(ctx, record.model)) await writeTokens(db, ctx);
  return true;
}

/**
 * Writes what is kept in mind; before a token that says everything itself is signed, since it is not saved.
 *
 * @throws errors.InvalidGrant another request has used the code or refresh token meanwhile
 */
export async function writeTokens(db: Db, ctx: KoaContextWithOIDC): Promise<void> {
  const writes = writesOf(ctx);
  if (writes === undefined) return;
  delete ctx.state[key];
  const { used, records } = writes;
  const [first, ...more] = records;
  const count =
    first === undefined
      ? await consumeRecord(db, used.model, used.id, used.now, used.keepUntil)
      : await saveTokens(db, used, [first, ...more]);
  if (count === 0) throw new errors.InvalidGrant("used by another request at the same time");
}

/** Whether the answer of a request is about to go out while something is still to be written; never, but for a bug. */
export function hasUnwritten(ctx: { state: Record<string, unknown>; status: number }): boolean {
  return ctx.status < 400 && ctx.state[key] !== undefined;
}

function writesOf(ctx: Pick<KoaContextWithOIDC, "state"> | undefined): TokenWrites | undefined {
  return ctx?.state[key] as TokenWrites | undefined;
}

/** A refresh token is followed by the access token where it takes another's place, and follows it where it is the first. */
function isLast(ctx: KoaContextWithOIDC, model: string): boolean {
  if (ctx.oidc.params?.["grant_type"] === "refresh_token") return model === "AccessToken";
  const { AuthorizationCode: code, Client: client } = ctx.oidc.entities;
  return model === "RefreshToken" || code === undefined || client === undefined || !givesRefreshToken(client, code);
}
