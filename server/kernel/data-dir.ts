import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, chown, constants, link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config, GivenConfig } from "./config.ts";
import { StartError } from "./start-error.ts";

/**
 * Makes `DATA_DIR` and fills in what the environment left to it: the secret key.
 * Any number of processes may do so at once; all get the same key.
 *
 * @throws StartError the folder cannot be made or written to
 */
export async function completeConfig(given: GivenConfig): Promise<Config> {
  // With both given from outside nothing is kept there, and the disk may be read-only.
  if (given.databaseUrl === undefined || given.secretKey === undefined) await makeDataDir(given.dataDir);
  return { ...given, secretKey: given.secretKey ?? (await secretKey(given.dataDir)) };
}

async function makeDataDir(dataDir: string): Promise<void> {
  try {
    // Root's embedded PostgreSQL runs as somebody else, who must be able to walk through this folder.
    await makeFolder(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(dataDir, error);
  }
}

/** One folder after the other: Node's recursive way never comes back where the system refuses, as below /proc. */
async function makeFolder(folder: string, mode: number): Promise<void> {
  if (!existsSync(dirname(folder))) await makeFolder(dirname(folder), mode);
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    if (!isCode(error, "EEXIST") || !(await stat(folder)).isDirectory()) throw error;
  }
}

async function secretKey(dataDir: string): Promise<string> {
  const file = join(dataDir, "secret-key");
  try {
    return (await readKey(file)) ?? (await makeKey(dataDir, file));
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw unwritable(dataDir, error);
  }
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    const key = (await readFile(file, "utf8")).trim();
    if (key.length >= 32) return key;
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
  // A new key in its place would make everything sealed with the lost one unreadable for ever.
  throw new StartError(`${file} is damaged; put the key back from a backup, or set SECRET_KEY.`);
}

/** The file appears under its name whole and once: a link, unlike a rename, never replaces one that is there. */
async function makeKey(dataDir: string, file: string): Promise<string> {
  const draft = join(dataDir, `.secret-key-${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(draft, `${randomBytes(48).toString("base64url")}\n`, { mode: 0o600, flag: "wx", flush: true });
    await giveToOwnerOf(dataDir, draft);
    await link(draft, file);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const key = await readKey(file);
  if (key === undefined) throw new StartError(`${file} was removed while it was being made; start again.`);
  return key;
}

/** A command run by root must not leave a file that the server's own user cannot read. */
async function giveToOwnerOf(dataDir: string, file: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dataDir);
  await chown(file, uid, gid);
}

function unwritable(dataDir: string, error: unknown): StartError {
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new StartError(`DATA_DIR is ${dataDir}, which cannot be made or written to (${reason}).`);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
