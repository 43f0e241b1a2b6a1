import type { UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

export type Purpose = "activation" | "reset" | "setup";

export interface TokenRow {
  id: string;
  user_id: UserId | null;
  purpose: Purpose;
}

/** Ends the older links of the same purpose, all but the newest `keep`. Uses single_use_tokens_user. */
export async function dropOpenTokens(to: Queryable, userId: UserId | null, purpose: Purpose, keep = 0): Promise<void> {
  await to.run(
    `delete from single_use_tokens where id in (
       select id from single_use_tokens where purpose = $2 and used_at is null and user_id is not distinct from $1
       order by created_at desc, id desc offset $3)`,
    [userId, purpose, keep],
  );
}

/** Ends every link of a user that is under way. Uses single_use_tokens_user. */
export async function dropLinks(to: Queryable, userId: UserId): Promise<void> {
  await to.run("delete from single_use_tokens where user_id = $1 and used_at is null", [userId]);
}

/** Whether a link was made for a user after a time and is not used. Uses single_use_tokens_user. */
export async function hasFreshLink(from: Queryable, userId: UserId, after: Date): Promise<boolean> {
  const found = await from.row(
    "select 1 from single_use_tokens where user_id = $1 and used_at is null and created_at > $2 limit 1",
    [userId, after],
  );
  return found !== undefined;
}

export async function insertToken(
  to: Queryable,
  token: { id: string; purpose: Purpose; userId: UserId | null; hash: Buffer; now: Date; expiresAt: Date },
): Promise<void> {
  await to.run(
    "insert into single_use_tokens (id, purpose, user_id, hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
    [token.id, token.purpose, token.userId, token.hash, token.now, token.expiresAt],
  );
}

/** A link that still works, without using it up. Uses the unique index on hash. */
export async function selectOpenToken(
  from: Queryable,
  purpose: Purpose,
  hash: Buffer,
  now: Date,
): Promise<TokenRow | undefined> {
  return await from.row<TokenRow>(
    "select id, user_id, purpose from single_use_tokens where hash = $1 and purpose = $2 and used_at is null and expires_at > $3",
    [hash, purpose, now],
  );
}

/** Uses a link up: compare-and-set, so of any number of simultaneous tries one gets the row. */
export async function consumeToken(
  to: Queryable,
  purpose: Purpose,
  hash: Buffer,
  now: Date,
): Promise<TokenRow | undefined> {
  return await to.row<TokenRow>(
    `update single_use_tokens set used_at = $3 where hash = $1 and purpose = $2 and used_at is null and expires_at > $3
     returning id, user_id, purpose`,
    [hash, purpose, now],
  );
}
