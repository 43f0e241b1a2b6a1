import { prepared } from "../db/queryable.ts";
import type { Queryable } from "../db/queryable.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";

/** The directory behind a bearer token, with what its requests depend on. */
export interface IdentifiedDirectory {
  id: DirectoryId;
  name: string;
  rate_limit: number | null;
  adopt: "username" | "email" | null;
  own_passwords: boolean;
  switches: Record<string, boolean>;
  paused_at: Date | null;
  token_id: string;
  /** Which definitions of the organization's attributes hold, asked in the same statement. */
  attribute_version: number;
  /** The same for the settings of the organization. */
  settings_version: number;
  /** Its token has ended: nothing is allowed, and the log of the directory shows who still tries. */
  token_over: boolean;
  /** The connection test that the token was made for; what it makes goes away again, and nobody gets mail of it. */
  test_id: string | null;
}

const byToken = prepared(
  `select d.id, d.name, d.rate_limit, d.adopt, d.own_passwords, d.switches, d.paused_at, t.id as token_id,
     (select version from attribute_version) as attribute_version,
     (select version from settings_version) as settings_version,
     t.test_id, t.expires_at is not null and t.expires_at <= $2::timestamptz as token_over
   from directory_tokens t join directories d on d.id = t.directory_id
   where t.hash = $1`,
);

/**
 * Finds the directory that a bearer token belongs to. Uses the unique index on directory_tokens.hash; the digest is
 * what is compared, so time tells nothing about a token.
 *
 * @returns undefined for a token that is unknown; one that has ended is told by `token_over`
 */
export async function identifyDirectory(
  from: Queryable,
  token: string,
  now: Date,
): Promise<IdentifiedDirectory | undefined> {
  return await from.row<IdentifiedDirectory>(byToken, [hashSecret(token), now]);
}
