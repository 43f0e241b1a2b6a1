import type { UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

export type OriginKind = "device" | "network" | "place";

export interface KnownRow {
  device: boolean;
  network: boolean;
  place: boolean;
  /** Whether the user has ever signed in from anywhere: else there is nothing to be new against. */
  has_history: boolean;
}

const known = prepared(
  `with mine as (select kind, key from known_origins where user_id = $1 and last_seen_at > $5)
     select
       exists (select from devices where user_id = $1 and hash = $2 and removed_at is null and last_seen_at > $5)
         or exists (select from mine where kind = 'device' and key = encode($2, 'hex')) as device,
       exists (select from mine where kind = 'network' and key = $3) as network,
       $4::text is null or exists (select from mine where kind = 'place' and key = $4) as place,
       exists (select from known_origins where user_id = $1 and kind = 'network') as has_history`,
);

/**
 * What of an origin a user has signed in from since a time. A device is one that is registered, or a browser in which a
 * link from a mail was used. Uses devices_known and known_origins_pkey.
 *
 * @param place null when it is not known where the address is: then it is not new either
 */
export async function selectKnown(
  from: Queryable,
  userId: UserId,
  origin: { device: Buffer; network: string; place: string | null },
  since: Date,
): Promise<KnownRow> {
  const row = await from.row<KnownRow>(known, [userId, origin.device, origin.network, origin.place, since]);
  if (row === undefined) throw new Error("a select without from has one row");
  return row;
}

/**
 * CTEs that forget the origins of a user that were unseen for longest, where there are more than the most of a kind, and
 * the statement that remembers others. Uses known_origins_pkey.
 */
export function rememberingOrigins(bind: Record<"user" | "kinds" | "keys" | "now" | "most", string>): string {
  return `old as (
     select user_id, kind, key, row_number() over (partition by kind order by last_seen_at desc) as place
     from known_origins where user_id = ${bind.user}
   ), gone as (
     delete from known_origins o using old
     where old.place >= ${bind.most} and o.user_id = old.user_id and o.kind = old.kind and o.key = old.key
       and (o.kind, o.key) not in (select * from unnest(${bind.kinds}::text[], ${bind.keys}::text[]))
   )
   insert into known_origins (user_id, kind, key, first_seen_at, last_seen_at)
   select ${bind.user}, kind, key, ${bind.now}::timestamptz, ${bind.now}
   from unnest(${bind.kinds}::text[], ${bind.keys}::text[]) as given (kind, key)
   on conflict (user_id, kind, key) do update set last_seen_at = excluded.last_seen_at`;
}

const remembering = prepared(
  `with ${rememberingOrigins({ user: "$1::uuid", kinds: "$2", keys: "$3", now: "$4", most: "$5" })}`,
);

/**
 * Remembers origins of a user, and forgets the ones unseen for longest where there are more than `most` of a kind.
 * Uses known_origins_pkey.
 */
export async function rememberOrigins(
  to: Queryable,
  userId: UserId,
  origins: readonly { kind: OriginKind; key: string }[],
  now: Date,
  most: number,
): Promise<void> {
  await to.run(remembering, [userId, origins.map(({ kind }) => kind), origins.map(({ key }) => key), now, most]);
}

/** Forgets a browser. Uses known_origins_pkey. */
export async function forgetDevice(to: Queryable, userId: UserId, device: Buffer): Promise<void> {
  await to.run("delete from known_origins where user_id = $1 and kind = 'device' and key = encode($2, 'hex')", [
    userId,
    device,
  ]);
}

export interface OriginRow {
  kind: OriginKind;
  key: string;
  first_seen_at: Date;
  last_seen_at: Date;
}

/** The networks and places that a user is known by, the latest first. Uses known_origins_pkey. */
export async function selectOrigins(from: Queryable, userId: UserId): Promise<OriginRow[]> {
  return await from.rows<OriginRow>(
    `select kind, key, first_seen_at, last_seen_at from known_origins where user_id = $1 and kind <> 'device'
     order by last_seen_at desc, kind, key`,
    [userId],
  );
}
