import type { Queryable } from "../queryable.ts";

/** A seal of the log, as it is stored. Numbers of turns are texts: they have 64 bits. */
export interface SealRow {
  number: number;
  kind: "events" | "pruned";
  era: number;
  first_turn: string | null;
  end_turn: string | null;
  first_id: string | null;
  last_id: string | null;
  events: number;
  contents: Buffer;
  pruned_before: Date | null;
  sealed_at: Date;
  hash: Buffer;
}

const columns = `number::float8 as number, kind, era, first_turn::text as first_turn, end_turn::text as end_turn, first_id,
  last_id, events, contents, pruned_before, sealed_at, hash`;

/** An event with the digest of all that it says. */
export interface DigestedEvent {
  id: string;
  turn: string | null;
  digest: Buffer;
}

// Every column, in one text for equal events whatever the session's settings are.
const digest = `sha256(convert_to(jsonb_build_array(e.id, e.era, e.turn,
  to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.type, e.outcome, e.reason, e.actor_kind, e.actor_id,
  e.actor_name, e.subject_kind, e.subject_id, e.subject_name, e.app_id, e.changes, e.details, e.address::text,
  e.user_agent, e.request_id)::text, 'UTF8'))`;

/** Lets one at a time seal. @returns false when somebody else does, until their transaction ends */
export async function takeSealingTurn(to: Queryable): Promise<boolean> {
  const row = await to.row<{ taken: boolean }>("select pg_try_advisory_xact_lock(7426195) as taken");
  return row?.taken === true;
}

/** The number of the era, a further one where the database was restored elsewhere. */
export async function ensureEventEra(to: Queryable): Promise<number> {
  const row = await to.row<{ era: number }>("select ensure_event_era() as era");
  return row?.era ?? 1;
}

/** The first turn that a transaction under way may still use: below it, everything is over. */
export async function selectHorizon(from: Queryable): Promise<string> {
  const row = await from.row<{ turn: string }>("select pg_snapshot_xmin(pg_current_snapshot())::text as turn");
  if (row === undefined) throw new Error("the database does not say which transactions are under way");
  return row.turn;
}

/** The newest seal; of the events of an era, when one is named. Uses event_seals_pkey; the newest come first. */
export async function selectLastSeal(from: Queryable, kind?: "events"): Promise<SealRow | undefined> {
  return await from.row<SealRow>(
    `select ${columns} from event_seals where $1::text is null or kind = $1 order by number desc limit 1`,
    [kind ?? null],
  );
}

/** Some seals behind a number. Uses event_seals_pkey. */
export async function selectSeals(from: Queryable, behind: number, most: number): Promise<SealRow[]> {
  return await from.rows<SealRow>(`select ${columns} from event_seals where number > $1 order by number limit $2`, [
    behind,
    most,
  ]);
}

export async function insertSeal(to: Queryable, seal: SealRow): Promise<void> {
  await to.run(
    `insert into event_seals (number, kind, era, first_turn, end_turn, first_id, last_id, events, contents, pruned_before,
       sealed_at, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      seal.number,
      seal.kind,
      seal.era,
      seal.first_turn,
      seal.end_turn,
      seal.first_id,
      seal.last_id,
      seal.events,
      seal.contents,
      seal.pruned_before,
      seal.sealed_at,
      seal.hash,
    ],
  );
}

/** Events from before there were turns, behind an id, up to another where one is named. Uses events_order. */
export async function selectUntimed(
  from: Queryable,
  behind: string | null,
  upTo: string | null,
  most: number | null,
): Promise<DigestedEvent[]> {
  return await from.rows<DigestedEvent>(
    `select e.id, null as turn, ${digest} as digest from (
       select * from events where era is null and ($1::uuid is null or id > $1) and ($2::uuid is null or id <= $2)
       order by id limit $3) e order by e.id`,
    [behind, upTo, most],
  );
}

/** Events of an era from one turn up to another, without that; null is without end. Uses events_turn. */
export async function selectByTurn(
  from: Queryable,
  era: number,
  first: string,
  end: string | null,
  most: number | null,
): Promise<DigestedEvent[]> {
  return await from.rows<DigestedEvent>(
    `select e.id, e.turn::text as turn, ${digest} as digest from (
       select * from events where era = $1 and turn >= $2::bigint and ($3::bigint is null or turn < $3::bigint)
       order by turn, id limit $4) e order by e.turn, e.id`,
    [era, first, end, most],
  );
}

/**
 * Events behind the last seal of each era, and of eras that have none yet.
 *
 * @param ends by era: the last id of era 0, the first turn that is not sealed of the others; null: none is
 */
export async function selectUnsealed(
  from: Queryable,
  ends: readonly { era: number; end: string | null }[],
): Promise<{ count: number; since: Date | null }> {
  const row = await from.row<{ count: number; since: Date | null }>(
    `select count(*)::float8 as count, min(e.at) as since from events e
     left join jsonb_to_recordset($1::jsonb) as s (era int, "end" text) on s.era = coalesce(e.era, 0)
     where s."end" is null or case when s.era = 0 then e.id > s."end"::uuid else e.turn >= s."end"::bigint end`,
    [JSON.stringify(ends)],
  );
  return row ?? { count: 0, since: null };
}

/** An event that has no place among the others: of an era or a transaction that is to come, or without half of it. */
export async function selectStray(from: Queryable): Promise<{ id: string; at: Date } | undefined> {
  return await from.row<{ id: string; at: Date }>(
    `select e.id, e.at from events e, event_clock c
     where e.era < 1 or e.era > c.era or (e.era is null) <> (e.turn is null)
       or (e.era = c.era and e.turn >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint) limit 1`,
  );
}

/** When an event happened. Uses events_order. */
export async function selectEventTime(from: Queryable, id: string): Promise<Date | undefined> {
  return (await from.row<{ at: Date }>("select at from events where id = $1", [id]))?.at;
}

export async function selectSealKey(from: Queryable): Promise<Buffer | undefined> {
  return (await from.row<{ sealed: Buffer }>("select sealed from event_seal_keys"))?.sealed;
}

/** Keeps the key, the one that was there first when two make one. */
export async function insertSealKey(to: Queryable, sealed: Buffer): Promise<void> {
  await to.run("insert into event_seal_keys (id, sealed) values (1, $1) on conflict do nothing", [sealed]);
}

export async function updateSealKey(to: Queryable, sealed: Buffer): Promise<void> {
  await to.run("update event_seal_keys set sealed = $1", [sealed]);
}

/** Lets the months go that end before a moment. @returns how many events that was */
export async function dropEventMonths(to: Queryable, before: Date): Promise<number> {
  const row = await to.row<{ count: number }>("select drop_event_partitions($1)::float8 as count", [before]);
  return row?.count ?? 0;
}

/** The moment of the last seal of events that were let go: whatever is older may be missing. */
export async function selectPrunedBefore(from: Queryable): Promise<Date | undefined> {
  const row = await from.row<{ at: Date | null }>(
    "select max(pruned_before) as at from event_seals where kind = 'pruned'",
  );
  return row?.at ?? undefined;
}
