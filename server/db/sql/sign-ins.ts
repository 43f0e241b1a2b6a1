import type { UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { rememberingOrigins } from "./known-origins.ts";
import type { OriginKind } from "./known-origins.ts";

const noting = prepared(
  `with noted as (
     update users set sign_in_count = sign_in_count + 1, last_active_at = $4, last_address = $6::inet where id = $1
   ), dropped as (
     delete from sign_in_attempts where id = $7
   ), ${rememberingOrigins({ user: "$1::uuid", kinds: "$2", keys: "$3", now: "$4", most: "$5" })}`,
);

/** A sign-in that is complete. */
export interface NotedSignIn {
  userId: UserId;
  /** The attempt that it was, which is over. */
  attemptId: Buffer;
  address: string | null;
  origins: readonly { kind: OriginKind; key: string }[];
  now: Date;
}

/**
 * Counts a sign-in on the user, remembers where it came from, and forgets the attempt, in one statement.
 * Uses users_pkey, known_origins_pkey, sign_in_attempts_pkey.
 *
 * @param most origins of a kind that are remembered
 */
export async function noteSignIn(to: Queryable, signIn: NotedSignIn, most: number): Promise<void> {
  const { userId, origins, now, address, attemptId } = signIn;
  await to.run(noting, [
    userId,
    origins.map(({ kind }) => kind),
    origins.map(({ key }) => key),
    now,
    most,
    address,
    attemptId,
  ]);
}
