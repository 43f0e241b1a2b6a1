import { spawnSync } from "node:child_process";
import { chownSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "#server/kernel/start-error.ts";

/** As whom PostgreSQL runs, which refuses to run as root. */
export type RunAs = {
  /** For `spawn`; absent: as this process. */
  uid?: number;
  gid?: number;
  /** Words before the command. */
  prefix: readonly string[];
  /** Who must own the database's files. */
  owner: { uid: number; gid: number } | undefined;
};

type User = { uid: number; gid: number };

/**
 * An ordinary user runs PostgreSQL as itself. For root, in this order:
 * 1. as the owner of the files, or for new ones as the system's `postgres` or `nobody`, when that user can reach both
 *    the programs and the files;
 * 2. in a user namespace where root is somebody else: reaches everything, even under /root, but containers may forbid it;
 * 3. as in 1, with the single capability to walk through root's folders.
 *
 * @param places.reach folder that PostgreSQL must be able to enter
 * @param places.files folder of the database, which may not exist yet
 * @throws StartError none of these works here
 */
export function runAs(postgres: string, places: { reach: string; files: string }): RunAs {
  if (process.getuid?.() !== 0) return { prefix: [], owner: undefined };
  const owner = ownerOf(places.files);
  const user = owner === undefined || owner.uid === 0 ? systemUser() : owner;
  if (owner?.uid !== 0 && reaches(user, postgres, places.reach)) return { ...user, prefix: [], owner: user };
  const inNamespace = namespace(systemUser());
  if ((owner === undefined || owner.uid === 0) && succeeds([...inNamespace, postgres, "--version"])) {
    return { prefix: inNamespace, owner: { uid: 0, gid: 0 } };
  }
  if (owner?.uid === 0) giveAway(places.files, user);
  if (reaches(user, postgres, places.reach)) return { ...user, prefix: [], owner: user };
  const walking = walkThrough(user);
  if (succeeds([...walking, postgres, "--version"])) return { prefix: walking, owner: user };
  throw new StartError(
    `The embedded PostgreSQL cannot run as root, and user ${user.uid} cannot reach ${places.reach}; ` +
      `choose a DATA_DIR outside of private folders, start as an ordinary user, or set DATABASE_URL.`,
  );
}

function ownerOf(folder: string): User | undefined {
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? {};
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function systemUser(): User {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65_534, gid: 65_534 };
}

function reaches(user: User, postgres: string, folder: string): boolean {
  const script = '"$0" --version >/dev/null && cd "$1"';
  return spawnSync("/bin/sh", ["-c", script, postgres, folder], { ...user, cwd: "/", stdio: "ignore" }).status === 0;
}

function namespace(user: User): string[] {
  // initdb looks its user up, so it must be one with a name.
  return ["unshare", "--user", `--map-user=${user.uid}`, `--map-group=${user.gid}`, "--"];
}

function walkThrough(user: User): string[] {
  const identity = ["--reuid", String(user.uid), "--regid", String(user.gid), "--clear-groups"];
  return ["setpriv", ...identity, "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override", "--"];
}

function succeeds([command, ...words]: string[]): boolean {
  return command !== undefined && spawnSync(command, words, { cwd: "/", stdio: "ignore" }).status === 0;
}

function giveAway(folder: string, user: User): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    chownSync(join(folder, entry), user.uid, user.gid);
  }
  chownSync(folder, user.uid, user.gid);
}
