import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

// The counters of a try at a password, in the table of rate-limiter-flexible: it would take nine statements for what
// these two do. Rows are taken in the order of their keys, so that tries at once never wait for each other in a ring.

const taking = prepared(
  `with facts as (
     select exists (select from throttles where key = $1 and expire > $6) as is_known,
       exists (select from throttles where key = $2 and expire > $6) as must_wait
   ), counted as (
     insert into throttles as t (key, points, expire)
     select given.key, 1, given.expire from facts, (values ($3, $7::bigint), ($4, $8), ($5, $9)) as given (key, expire)
     where not must_wait and not (is_known and given.key = $4) order by given.key
     on conflict (key) do update set points = case when t.expire <= $6 then 1 else t.points + 1 end,
       expire = case when t.expire <= $6 then excluded.expire else t.expire end
     returning key, points
   )
   select is_known as "isKnown", must_wait as "mustWait",
     (select points from counted where key = $3) as "inARow", (select points from counted where key = $4) as "name",
     (select points from counted where key = $5) as "network" from facts`,
);

/** Names of the counters of a try. */
export interface TryKeys {
  known: string;
  waits: string;
  inARow: string;
  name: string;
  network: string;
}

/** A try as it was counted; null: not counted there. */
export interface CountedTry {
  isKnown: boolean;
  /** Whether there is a wait: then nothing was counted. */
  mustWait: boolean;
  inARow: number | null;
  name: number | null;
  network: number | null;
}

/**
 * Counts a try at a password as a failure: in a row, for its network, and for its name unless that is known there.
 * Uses throttles_pkey.
 *
 * @param ends when each count is over that begins with this try, in milliseconds since 1970
 */
export async function takeTry(
  to: Queryable,
  keys: TryKeys,
  now: number,
  ends: Record<"inARow" | "name" | "network", number>,
): Promise<CountedTry> {
  const row = await to.row<CountedTry>(taking, [
    keys.known,
    keys.waits,
    keys.inARow,
    keys.name,
    keys.network,
    now,
    ends.inARow,
    ends.name,
    ends.network,
  ]);
  if (row === undefined) throw new Error("a select of facts has one row");
  return row;
}

// What is given back is marked by the end 0, and never begins a count.
const settling = prepared(
  `insert into throttles as t (key, points, expire)
   select key, points, expire from (
     select key, 0 as points, 0::bigint as expire from unnest($1::text[]) as back (key)
     union all select key, 0, $3::bigint from unnest($2::text[]) as over (key)
     union all select $4::text, 1, $5::bigint where $4 is not null
   ) given order by key
   on conflict (key) do update set
     points = case when excluded.expire = 0 then t.points - (t.expire > $3)::int else excluded.points end,
     expire = case when excluded.expire = 0 then t.expire else excluded.expire end`,
);

/**
 * Settles a try. Uses throttles_pkey.
 *
 * @param back counters that get their point back
 * @param over counters that begin anew
 * @param known the pair of name and network that is known until then
 */
export async function settleTry(
  to: Queryable,
  { back, over, known }: { back: string[]; over: string[]; known?: { key: string; until: number } },
  now: number,
): Promise<void> {
  await to.run(settling, [back, over, now, known?.key ?? null, known?.until ?? null]);
}
