import type { UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

export interface AttemptRow {
  turn: string;
  user_id: UserId;
  credential_id: string | null;
  facts: Record<string, unknown>;
}

// The password that was given is still the one in use, and the account may still sign in.
const counts = `a.expires_at > $2
  and exists (select from users u where u.id = a.user_id and u.deleted_at is null and u.disabled_at is null)
  and (a.credential_id is null
    or exists (select from credentials c where c.id = a.credential_id and c.retired_at is null))`;

const waiting = prepared(
  `select a.turn, a.user_id, a.credential_id, a.facts from sign_in_attempts a where a.id = $1 and ${counts}`,
);

/** The attempt that a sign-in has come to. Uses sign_in_attempts_pkey, users_pkey, credentials_pkey. */
export async function selectAttempt(from: Queryable, id: Buffer, now: Date): Promise<AttemptRow | undefined> {
  return await from.row<AttemptRow>(waiting, [id, now]);
}

const putting = prepared(
  `insert into sign_in_attempts (id, turn, user_id, credential_id, facts, expires_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do update set turn = excluded.turn, user_id = excluded.user_id,
       credential_id = excluded.credential_id, facts = excluded.facts, expires_at = excluded.expires_at`,
);

/** Puts an attempt in the place of the one that the sign-in had. Uses sign_in_attempts_pkey. */
export async function putAttempt(
  to: Queryable,
  attempt: {
    id: Buffer;
    turn: string;
    userId: UserId;
    credentialId: string | null;
    facts: object;
    expiresAt: Date;
  },
): Promise<void> {
  await to.run(putting, [
    attempt.id,
    attempt.turn,
    attempt.userId,
    attempt.credentialId,
    JSON.stringify(attempt.facts),
    attempt.expiresAt,
  ]);
}

/**
 * Takes the turn of an attempt: of any number of forms with the same turn one gets the row, and the others find another
 * turn. Uses sign_in_attempts_pkey, users_pkey, credentials_pkey.
 */
export async function takeTurn(
  to: Queryable,
  id: Buffer,
  now: Date,
  turn: string,
  nextTurn: string,
): Promise<AttemptRow | undefined> {
  return await to.row<AttemptRow>(
    `update sign_in_attempts a set turn = $4 where a.id = $1 and a.turn = $3 and ${counts}
     returning a.turn, a.user_id, a.credential_id, a.facts`,
    [id, now, turn, nextTurn],
  );
}

const dropping = prepared("delete from sign_in_attempts where id = $1");

/** Uses sign_in_attempts_pkey. */
export async function dropAttempt(to: Queryable, id: Buffer): Promise<void> {
  await to.run(dropping, [id]);
}

/** Ends every sign-in of a user that waits for something. Uses sign_in_attempts_user. */
export async function dropAttempts(to: Queryable, userId: UserId): Promise<void> {
  await to.run("delete from sign_in_attempts where user_id = $1", [userId]);
}
