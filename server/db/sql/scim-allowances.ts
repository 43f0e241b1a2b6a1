import type { DirectoryId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/**
 * Takes up to `wanted` requests out of the bucket of a directory, which holds those of one second and fills evenly.
 * One statement; uses directory_allowances_pkey. Two processes that ask at once are given different ones.
 *
 * @param perSecond how many requests the directory may make
 * @returns how many were there, 0 when the bucket is empty
 */
export async function takeAllowance(
  to: Queryable,
  directoryId: DirectoryId,
  perSecond: number,
  wanted: number,
): Promise<number> {
  const there = `least($2::float8,
    a.tokens + greatest(0, extract(epoch from statement_timestamp() - a.at)) * $2::float8)`;
  const row = await to.row<{ taken: number }>(
    `insert into directory_allowances as a (directory_id, tokens, taken, at)
     values ($1, $2::float8 - $3::int, $3::int, statement_timestamp())
     on conflict (directory_id) do update set
       taken = least(floor(${there}), $3::int),
       tokens = ${there} - least(floor(${there}), $3::int),
       at = greatest(a.at, statement_timestamp())
     returning taken`,
    [directoryId, perSecond, wanted],
  );
  return row?.taken ?? 0;
}
