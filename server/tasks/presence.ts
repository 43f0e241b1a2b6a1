import { setTimeout as pause } from "node:timers/promises";
import type { Session } from "../db/connect.ts";
import { endTurn, releaseJobsOfDead, sayAlive, takeTurn } from "../db/sql/job-workers.ts";
import type { House } from "../house.ts";

const retryMs = 1000;

/**
 * Starts a worker in a way that others, on any machine, can tell whether it lives: it holds an advisory lock in a
 * session of its own, which ends with the process however that happens. Jobs of workers that died are released.
 *
 * A session that breaks is opened again. Until then others may take the jobs of this worker for left behind and do one
 * twice, which every job bears anyway.
 *
 * @param start starts the worker and answers its name
 * @returns what `start` answered, and `leave`, which tells the others that it is gone
 */
export async function startPresent<Started extends { name: string }>(
  house: House,
  start: () => Promise<Started>,
): Promise<Started & { leave(): Promise<void> }> {
  const life = { isOver: false };
  let session = await openSession(house);
  await takeTurn(session, "session");
  const started = await start();
  await sayAlive(session, started.name);
  tellOfDead(house, await releaseJobsOfDead(session));
  await endTurn(session);
  const reopen = async () => {
    try {
      session = await openSession(house);
      await sayAlive(session, started.name);
      if (life.isOver) await session.close();
      return true;
    } catch (error) {
      house.log.warn({ err: error }, "others cannot be told that this worker lives");
      return false;
    }
  };
  const keep = async () => {
    for (;;) {
      await session.ended;
      while (!life.isOver && !(await reopen())) await pause(retryMs);
      if (life.isOver) return;
    }
  };
  void keep();
  return {
    ...started,
    async leave() {
      life.isOver = true;
      await session.close();
    },
  };
}

/** Lets others take the jobs of workers that died while this one runs. */
export async function releaseDead(house: House): Promise<void> {
  const dead = await house.db.inTransaction(async (tx) => {
    await takeTurn(tx, "transaction");
    return await releaseJobsOfDead(tx);
  });
  tellOfDead(house, dead);
}

function tellOfDead(house: House, workers: string[]): void {
  if (workers.length > 0) house.log.warn({ workers }, "workers ended in the middle of jobs, which are done again");
}

async function openSession(house: House): Promise<Session> {
  const session = await house.db.session();
  // PostgreSQL notices within a minute when a machine is gone without a word; the system's own default is two hours.
  const settings = { tcp_keepalives_idle: 20, tcp_keepalives_interval: 10, tcp_keepalives_count: 3 };
  for (const [name, value] of Object.entries({ ...settings, idle_session_timeout: 0 })) {
    await session.rows("select set_config($1, $2, false)", [name, String(value)]);
  }
  return session;
}
