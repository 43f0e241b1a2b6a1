import type { Logger } from "pino";
import { connect } from "./db/connect.ts";
import type { Connection, Db } from "./db/connect.ts";
import { VersionCheck } from "./db/versions.ts";
import { ensureEventEra } from "./db/sql/event-seals.ts";
import type { Config } from "./kernel/config.ts";
import { makeKeyring } from "./kernel/keyring.ts";
import type { Keyring } from "./kernel/keyring.ts";
import { openPlaces } from "./kernel/places.ts";
import type { Places } from "./kernel/places.ts";

/** What one process holds: settings from outside, the database, the keys, the places, the log, the time. */
export interface House {
  config: Config;
  db: Db;
  /** Says whether what this process remembers still holds. */
  versions: VersionCheck;
  keyring: Keyring;
  /** Where network addresses are. */
  places: Places;
  log: Logger;
  /** The time; tests put a clock of theirs here. */
  now(): Date;
  close(): Promise<void>;
}

/**
 * Opens what a process needs. The schema must be there already (see db/migrate.ts).
 *
 * @param config checked configuration, its secret key present
 */
export async function openHouse(config: Config, connection: Connection, log: Logger): Promise<House> {
  const places = openPlaces(config.maxmindFiles, log);
  const db = connect(connection, {
    max: 10,
    onError: (error) => log.error({ err: error }, "a database connection broke"),
  });
  // Whoever records the first event after a restore must not record it into the past.
  await ensureEventEra(db);
  return {
    config,
    db,
    versions: new VersionCheck(db),
    keyring: makeKeyring([config.secretKey, ...config.previousSecretKeys]),
    places,
    log,
    now: () => new Date(),
    close: async () => await db.close(),
  };
}
