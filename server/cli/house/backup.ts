import { existsSync } from "node:fs";
import { record } from "#server/audit/record.ts";
import type { Connection } from "#server/db/connect.ts";
import { DamagedBackup } from "#server/db/backup/backup-file.ts";
import type { Head } from "#server/db/backup/backup-file.ts";
import { restoreBackup, RestoreRefused } from "#server/db/backup/restore-backup.ts";
import { writeBackup } from "#server/db/backup/write-backup.ts";
import type { Counted } from "#server/db/backup/write-backup.ts";
import { inWork } from "#server/db/work.ts";
import type { House } from "#server/house.ts";
import type { Config } from "#server/kernel/config.ts";
import { makeKeyring } from "#server/kernel/keyring.ts";
import { StartError } from "#server/kernel/start-error.ts";
import { openStore, operator } from "../open-house.ts";

const purpose = "backup";

/**
 * Writes a backup, and tells the audit log before.
 *
 * @throws StartError there is such a file already, or it cannot be written
 */
export async function backUp(house: House, file: string, env: NodeJS.ProcessEnv): Promise<Counted> {
  if (existsSync(file)) throw new StartError(`There is a file ${file} already. Give another name.`);
  await inWork(house, operator(), async (work) => void record(work, { type: "backup.written" }));
  const { database } = await openStore(env);
  const head = {
    format: 1,
    takenAt: house.now().toISOString(),
    issuer: house.config.issuer,
    keyProof: house.keyring.seal(purpose, house.config.issuer).toString("base64"),
  } as const;
  try {
    return await writeBackup(database.connection, file, head);
  } catch (error) {
    throw asSentence(error, `${file} cannot be written`);
  } finally {
    await database.close();
  }
}

/**
 * Restores a backup, and tells the audit log afterwards.
 *
 * @throws StartError with what stands in the way; nothing was changed then
 */
export async function restore(ask: {
  file: string;
  env: NodeJS.ProcessEnv;
  keepSessions: boolean;
  house(): Promise<House>;
  tell(sentence: string): void;
}): Promise<Counted> {
  const { config, database } = await openStore(ask.env);
  let counted: Counted;
  try {
    counted = await load(database.connection, config, ask);
  } finally {
    await database.close();
  }
  await inWork(await ask.house(), operator(), async (work) => {
    record(work, { type: "backup.restored", details: { ...counted, keptSessions: ask.keepSessions } });
  });
  return counted;
}

async function load(
  connection: Connection,
  config: Config,
  { file, keepSessions, tell }: { file: string; keepSessions: boolean; tell(sentence: string): void },
): Promise<Counted> {
  const check = (head: Head) => {
    requireKey(config, head);
    if (head.issuer === config.issuer) return;
    tell(`The backup is of ${head.issuer}, and this is ${config.issuer}: passkeys and apps know the old address only.`);
  };
  try {
    return await restoreBackup(connection, file, { check, keepSessions });
  } catch (error) {
    if (error instanceof RestoreRefused || error instanceof DamagedBackup) throw new StartError(error.message);
    throw asSentence(error, `${file} cannot be restored`);
  }
}

function requireKey(config: Config, head: Head): void {
  const keyring = makeKeyring([config.secretKey, ...config.previousSecretKeys]);
  try {
    keyring.open(purpose, Buffer.from(head.keyProof, "base64"));
  } catch {
    throw new StartError(
      "The backup was sealed by another secret key. Set SECRET_KEY to it, or put the old file secret-key into the data folder.",
    );
  }
}

function asSentence(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "EEXIST") return new StartError(`${what}: another backup is being written there.`);
  return new StartError(`${what}: ${error.message}.`, { cause: error });
}
