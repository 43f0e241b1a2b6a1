import { existsSync } from "node:fs";
import { join } from "node:path";
import type { House } from "#server/house.ts";
import { readConfig } from "#server/kernel/config.ts";
import type { GivenConfig } from "#server/kernel/config.ts";
import { StartError } from "#server/kernel/start-error.ts";
import { openStore } from "../open-house.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { lookAtAddress } from "./look-at-address.ts";
import { lookAtDataDir } from "./look-at-data-dir.ts";
import { lookAtClock, lookAtConnections, lookAtSchema } from "./look-at-database.ts";
import { lookAtAdministrator, lookAtJobs, lookAtKeys, lookAtMails, lookAtProtection } from "./look-inside.ts";
import { lookAtMailServer } from "./look-at-mail-server.ts";

/**
 * Looks at everything that a server needs, and changes nothing: what is missing is named, not made.
 *
 * @returns one finding for each look; looks that need what failed are left out
 */
export async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let config: GivenConfig;
  try {
    config = readConfig(env);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return error.message
      .split("\n")
      .map((sentence) => fail("configuration", sentence, "Correct the variable; docs/configuration.md lists them."));
  }
  const outside = [
    ok("configuration", `The environment is in order; the issuer is ${config.issuer}.`),
    ...(await lookAtAddress(config)),
    ...(await lookAtDataDir(config)),
    await lookAtMailServer(config),
  ];
  return [...outside, ...(await examineDatabase(config, env, outside))];
}

async function examineDatabase(config: GivenConfig, env: NodeJS.ProcessEnv, before: Finding[]): Promise<Finding[]> {
  if (config.databaseUrl === undefined && !existsSync(join(config.dataDir, "pg/PG_VERSION"))) {
    return [warn("database", "There is no database yet.", "`gatehouse start` makes one.")];
  }
  if (before.some((finding) => finding.name === "data folder" && finding.state === "fail")) return [];
  try {
    return await examineOpen(env);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return [fail("database", error.message, "See that it runs and lets this machine in.")];
  }
}

async function examineOpen(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { config, log, database } = await openStore(env);
  let house: House | undefined;
  try {
    const { openHouse } = await import("#server/house.ts");
    house = await openHouse(config, database.connection, log);
    const row = await house.db.row<{ version: string }>("select current_setting('server_version') as version");
    const kind = config.databaseUrl === undefined ? "the embedded one" : "the one of DATABASE_URL";
    const findings = [
      ok("database", `PostgreSQL ${row?.version.split(" ")[0]}, ${kind}, answers.`),
      await lookAtConnections(house),
      await lookAtClock(house),
      await lookAtSchema(house, database.connection),
    ];
    if (findings.some((finding) => finding.name === "schema" && finding.state === "fail")) return findings;
    return [
      ...findings,
      await lookAtKeys(house),
      await lookAtAdministrator(house),
      await lookAtJobs(house),
      await lookAtMails(house),
      await lookAtProtection(house),
    ];
  } finally {
    await house?.close();
    await database.close();
  }
}
