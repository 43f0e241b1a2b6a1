import type { Queryable } from "../queryable.ts";

// First halves of our advisory locks; the second is the hash of a worker's name, or nothing where all take turns.
const space = 7426;
const turn = 7_426_193;

/**
 * Waits until no other worker starts or looks for dead ones: a worker that starts has a name before it has its lock.
 * The session holds the turn until `endTurn`, a transaction until its end.
 */
export async function takeTurn(to: Queryable, holder: "session" | "transaction"): Promise<void> {
  await to.rows(`select pg_advisory${holder === "transaction" ? "_xact" : ""}_lock($1)`, [turn]);
}

export async function endTurn(to: Queryable): Promise<void> {
  await to.rows("select pg_advisory_unlock($1)", [turn]);
}

/** Says that a worker lives, for as long as the session does. */
export async function sayAlive(to: Queryable, worker: string): Promise<void> {
  await to.rows("select pg_advisory_lock($1, hashtext($2))", [space, worker]);
}

/** Lets others take the jobs that a worker has. */
export async function releaseJobs(to: Queryable, worker: string): Promise<void> {
  await to.rows("select graphile_worker.force_unlock_workers(array[$1])", [worker]);
}

/**
 * Lets others take the jobs of workers that no longer live: the queue itself would wait four hours. Call it in one's turn.
 *
 * @returns names of the dead
 */
export async function releaseJobsOfDead(to: Queryable): Promise<string[]> {
  // hashtext answers a signed number, pg_locks shows it without its sign.
  const dead = await to.rows<{ worker: string }>(
    `select distinct locked_by as worker from graphile_worker.jobs
     where locked_by is not null and not exists (
       select from pg_locks
       where locktype = 'advisory' and granted and objsubid = 2
         and database = (select oid from pg_database where datname = current_database())
         and classid::bigint = $1 and objid::bigint = hashtext(locked_by)::bigint & 4294967295)`,
    [space],
  );
  const workers = dead.map(({ worker }) => worker);
  if (workers.length > 0) await to.rows("select graphile_worker.force_unlock_workers($1)", [workers]);
  return workers;
}
