import { randomUUID } from "node:crypto";
import { createLog } from "#server/kernel/log.ts";
import type { Config } from "#server/kernel/config.ts";
import { openHouse } from "#server/house.ts";
import type { House } from "#server/house.ts";
import { inWork, trusted } from "#server/db/work.ts";
import type { Connection } from "#server/db/connect.ts";
import type { Actor, Work } from "#server/db/work.ts";
import { freshDatabase } from "./database.ts";

/** A house on a database of its own, with a clock that tests can move. */
export interface TestHouse extends House {
  clock: { now: Date };
  /** Where its database is, for processes that share it. */
  connection: Connection;
  /** Runs commands as the operator. */
  work<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
  as<Result>(actor: Actor, act: (work: Work) => Promise<Result>): Promise<Result>;
}

/** Opens a house for a test file; close it in `afterAll`. */
export async function openTestHouse(overrides: Partial<Config> = {}): Promise<TestHouse> {
  const { connection, drop } = await freshDatabase();
  const config: Config = {
    host: "127.0.0.1",
    port: 0,
    issuer: "http://localhost:3000",
    databaseUrl: undefined,
    dataDir: "/nonexistent",
    secretKey: "test-secret-key-test-secret-key-test-secret-key",
    previousSecretKeys: [],
    smtpUrl: undefined,
    mailFrom: "Gatehouse <no-reply@example.com>",
    admin: undefined,
    trustProxy: [],
    maxmindFiles: [],
    processes: 1,
    logLevel: "silent",
    production: false,
    ...overrides,
  };
  const house = await openHouse(config, connection, createLog({ level: "silent" }));
  const clock = { now: new Date() };
  const moving: House = { ...house, now: () => clock.now };
  const as = async <Result>(actor: Actor, act: (work: Work) => Promise<Result>) =>
    await inWork(moving, { actor, requestId: randomUUID() }, act);
  return {
    ...moving,
    clock,
    connection,
    as,
    work: async (act) => await as(trusted("operator", "test"), act),
    async close() {
      await house.close();
      await drop();
    },
  };
}
