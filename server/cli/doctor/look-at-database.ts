import type { Connection } from "#server/db/connect.ts";
import { knownMigrations, pendingMigrations } from "#server/db/migrate.ts";
import type { House } from "#server/house.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** Each process has two pools of ten. */
const connectionsOfProcess = 20;

/** Codes of an authenticator app and ID tokens forgive half a minute; more than this is no jitter. */
const mostDriftMs = 2_000;

/** Whether the schema is the one of this release. */
export async function lookAtSchema(house: House, connection: Connection): Promise<Finding> {
  const pending = await pendingMigrations(connection);
  if (pending.length > 0) {
    return fail("schema", `The database lacks ${pending.join(", ")}.`, "`gatehouse migrate` brings it up to date.");
  }
  const known = new Set(await knownMigrations());
  const rows = await house.db.rows<{ name: string }>("select name from migrations order by name");
  const newer = rows.map((row) => row.name).filter((name) => !known.has(name));
  if (newer.length > 0) {
    return warn("schema", `The database is of a newer release (${newer.join(", ")}).`, "Update this machine too.");
  }
  return ok("schema", "The database has the newest schema.");
}

/** Whether the database has connections for all processes of one start. */
export async function lookAtConnections({ db, config }: House): Promise<Finding> {
  const row = await db.row<{ most: number; used: number }>(
    `select current_setting('max_connections')::int as most,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
  );
  const { most = 0, used = 0 } = row ?? {};
  const needed = (config.processes + 1) * connectionsOfProcess;
  if (config.databaseUrl !== undefined && needed > most) {
    return warn(
      "connections",
      `The database allows ${most} connections; ${config.processes} processes and a worker may use ${needed}.`,
      "Raise max_connections, or lower PROCESSES.",
    );
  }
  return ok("connections", `${used} of ${most} connections are in use.`);
}

/** Whether this machine and the database agree on the time. */
export async function lookAtClock({ db }: House): Promise<Finding> {
  const before = Date.now();
  const row = await db.row<{ now: Date }>("select clock_timestamp() as now");
  const here = (before + Date.now()) / 2;
  const driftMs = Math.abs((row?.now.getTime() ?? here) - here);
  if (driftMs <= mostDriftMs) return ok("clock", "This machine and the database agree on the time.");
  return warn(
    "clock",
    `This machine and the database are ${(driftMs / 1000).toFixed(1)} s apart.`,
    "Let both keep time by NTP: tokens and codes depend on it.",
  );
}
