import type { UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";
import type { OriginKind } from "./known-origins.ts";

export interface ConfirmationRow {
  id: string;
  user_id: UserId;
  state: "waiting" | "confirmed" | "denied";
  news: OriginKind[];
  app_name: string | null;
  address: string | null;
  user_agent: string | null;
  mail_count: number;
  mailed_at: Date;
  created_at: Date;
  expires_at: Date;
}

export interface NewConfirmation {
  id: string;
  attemptId: Buffer;
  userId: UserId;
  news: readonly OriginKind[];
  appId: string | null;
  address: string | null;
  userAgent: string | null;
  now: Date;
  expiresAt: Date;
}

const columns = `c.id, c.user_id, c.state, c.news, p.name as app_name, host(c.address) as address, c.user_agent,
  c.mail_count, c.mailed_at, c.created_at, c.expires_at`;

export async function insertConfirmation(to: Queryable, row: NewConfirmation): Promise<void> {
  await to.run(
    `insert into sign_in_confirmations
       (id, attempt_id, user_id, state, news, app_id, address, user_agent, mail_count, mailed_at, created_at, expires_at)
     values ($1, $2, $3, 'waiting', $4, $5, $6::inet, $7, 1, $8, $8, $9)`,
    [row.id, row.attemptId, row.userId, row.news, row.appId, row.address, row.userAgent, row.now, row.expiresAt],
  );
}

/** Uses sign_in_confirmations_pkey. */
export async function selectConfirmation(from: Queryable, id: string): Promise<ConfirmationRow | undefined> {
  return await from.row<ConfirmationRow>(
    `select ${columns} from sign_in_confirmations c left join apps p on p.id = c.app_id where c.id = $1`,
    [id],
  );
}

// The attempt still waits for this very confirmation, its password was not replaced, and the account may sign in.
const isAwaited = `exists (
  select from sign_in_attempts a join users u on u.id = a.user_id
  where a.id = c.attempt_id and a.user_id = c.user_id and a.facts ->> 'confirmationId' = c.id::text and a.expires_at > $2
    and u.deleted_at is null and u.disabled_at is null
    and (a.credential_id is null
      or exists (select from credentials d where d.id = a.credential_id and d.retired_at is null)))`;

/**
 * A confirmation that can still be answered.
 * Uses sign_in_confirmations_pkey, sign_in_attempts_pkey, users_pkey, credentials_pkey.
 */
export async function selectAwaited(from: Queryable, id: string, now: Date): Promise<ConfirmationRow | undefined> {
  return await from.row<ConfirmationRow>(
    `select ${columns} from sign_in_confirmations c left join apps p on p.id = c.app_id
     where c.id = $1 and c.state = 'waiting' and c.expires_at > $2 and ${isAwaited}`,
    [id, now],
  );
}

/**
 * Answers a confirmation: compare-and-set, so that of any number of answers one counts. Indexes as `selectAwaited`.
 *
 * @returns 0 when it was answered before, or is not waited for any more
 */
export async function decideConfirmation(
  to: Queryable,
  id: string,
  now: Date,
  state: "confirmed" | "denied",
): Promise<number> {
  return await to.run(
    `update sign_in_confirmations c set state = $3, decided_at = $2
     where c.id = $1 and c.state = 'waiting' and c.expires_at > $2 and ${isAwaited}`,
    [id, now, state],
  );
}

/** Counts another mail, unless there were `most` or the last one left a moment ago. Uses sign_in_confirmations_pkey. */
export async function countMail(to: Queryable, id: string, now: Date, most: number, notBefore: Date): Promise<number> {
  return await to.run(
    `update sign_in_confirmations set mail_count = mail_count + 1, mailed_at = $2
     where id = $1 and state = 'waiting' and expires_at > $2 and mail_count < $3 and mailed_at <= $4`,
    [id, now, most, notBefore],
  );
}

/** Confirmations that a user was asked for since a time; when the oldest began. Uses sign_in_confirmations_user. */
export async function countConfirmations(
  from: Queryable,
  userId: UserId,
  since: Date,
): Promise<{ count: number; oldest: Date | null }> {
  const row = await from.row<{ count: number; oldest: Date | null }>(
    `select count(*)::int as count, min(created_at) as oldest from sign_in_confirmations
     where user_id = $1 and created_at > $2`,
    [userId, since],
  );
  return row ?? { count: 0, oldest: null };
}
