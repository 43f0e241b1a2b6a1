import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCommandLine } from "./support/command-line.ts";
import type { CommandLine, Ended } from "./support/command-line.ts";

// A test starts up to a dozen processes one after the other.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const key = randomBytes(32).toString("base64url");

let folder: string;
let old: CommandLine;
let file: string;
let directory: Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-backup-"));
  file = join(folder, "house.gz");
  old = await openCommandLine();
  old.env["SECRET_KEY"] = key;
  await succeed(old, ["attribute", "create", "--name", "badge", "--type", "integer", "--unique"]);
  await succeed(old, ["user", "create", "--username", "ada", "--password-stdin", "--role", "admin"], "correct horse 7");
  await succeed(old, [
    "user",
    "create",
    "--username",
    "bo",
    "--display-name",
    "B\\.\n\tö \\N",
    "--email",
    "bo@example.com",
  ]);
  await succeed(old, ["user", "invite", "bo"]);
  await succeed(old, ["user", "disable", "bo"]);
  await succeed(old, ["app", "create", "--name", "Wiki", "--redirect-uri", "https://wiki.example.com/cb"]);
  await succeed(old, ["settings", "set", "devices.limit", "3"]);
  directory = await succeed(old, ["directory", "create", "--name", "HR"]);
  // Events of a month that has no partition of its own lie in the default one.
  await ask(
    old,
    'insert into events select (jsonb_populate_record(e, \'{"at":"2031-05-05T00:00:00Z"}\')).* from events e limit 1',
  );
  expect(await succeed(old, ["backup", file])).toMatchObject({ file, tables: expect.any(Number) as number });
});
afterAll(async () => {
  await old.close();
  await rm(folder, { recursive: true, force: true });
});

test("[C3] a backup is restored to the last row; sessions and links end, and what waited is done", async () => {
  const fresh = await openCommandLine();
  try {
    fresh.env["SECRET_KEY"] = key;
    const before = await contents(old);
    expect(before["single_use_tokens"]).toBeUndefined();
    const answer = await fresh.run(["restore", file, "--json"]);
    expect(answer).toMatchObject({ code: 0 });
    expect(answer.stderr).toContain("The backup is of");
    const after = await contents(fresh);
    expect(after).toEqual(before);
    expect(
      (await ask(fresh, "select type from events order by at desc, id desc limit 2")).map((row) => row["type"]),
    ).toContain("backup.restored");
    const jobs = "select task_identifier from graphile_worker.jobs order by 1";
    expect(await ask(fresh, jobs)).toEqual(await ask(old, jobs));
    expect(await ask(fresh, jobs)).not.toEqual([]);
    // Numbers that are given out go on behind those that are there.
    await succeed(fresh, ["attribute", "create", "--name", "floor", "--type", "string"]);
    const server = await fresh.start();
    try {
      const users = await fetch(`${server.issuer}/scim/v2/Users`, {
        headers: { authorization: `Bearer ${String(directory["token"])}` },
      });
      expect(users.status).toBe(200);
      expect(await refuse(fresh, ["restore", file])).toContain("Stop them first");
    } finally {
      await server.stop();
    }
    expect((await fresh.run(["audit", "verify", "--json"])).json).toMatchObject({ isWhole: true, problems: [] });
    expect(await refuse(fresh, ["restore", file])).toContain("in use");
  } finally {
    await fresh.close();
  }
});

test("[C3] a backup of another key, one that is cut off or damaged, and no backup at all change nothing", async () => {
  const fresh = await openCommandLine();
  try {
    fresh.env["SECRET_KEY"] = randomBytes(32).toString("base64url");
    expect(await refuse(fresh, ["restore", file])).toContain("SECRET_KEY");
    fresh.env["SECRET_KEY"] = key;
    const whole = await readFile(file);
    const damaged = Buffer.from(whole);
    const middle = Math.floor(damaged.length / 2);
    damaged.fill(0, middle, middle + 8);
    const faults: Record<string, Buffer> = {
      cut: whole.subarray(0, whole.length - 200),
      damaged,
      text: Buffer.from("hello"),
      empty: Buffer.alloc(0),
    };
    for (const [name, content] of Object.entries(faults)) {
      const at = join(folder, name);
      await writeFile(at, content);
      expect(await refuse(fresh, ["restore", at]), name).toMatch(/backup|cannot be restored/);
    }
    expect(await refuse(fresh, ["restore", join(folder, "nowhere")])).toContain("no such file");
    const left = "select count(*)::int as users, (select count(*)::int from directories) as directories from users";
    expect(await ask(fresh, left)).toEqual([{ users: 0, directories: 0 }]);
    const foreign = "select count(*)::int as n from pg_constraint where contype = 'f'";
    expect(await ask(fresh, foreign)).toEqual(await ask(old, foreign));
  } finally {
    await fresh.close();
  }
});

test("[C3] a backup is readable for its owner alone, never written over another file, and told in the log", async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await refuse(old, ["backup", file])).toContain("already");
  expect(await refuse(old, ["backup", join(folder, "no", "folder.gz")])).toContain("cannot be written");
  expect(await ask(old, "select outcome from events where type = 'backup.written' limit 1")).toEqual([
    { outcome: "success" },
  ]);
});

/** Runs a command that has to work and answers its JSON. */
async function succeed(line: CommandLine, words: string[], input?: string): Promise<Record<string, unknown>> {
  const ended: Ended = await line.run([...words, "--json"], input === undefined ? {} : { input });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  return ended.json;
}

/** Runs a command that has to fail. @returns its sentence */
async function refuse(line: CommandLine, words: string[]): Promise<string> {
  const ended = await line.run(words);
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  return ended.stderr;
}

async function ask(line: CommandLine, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: line.env["DATABASE_URL"] });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A digest of the rows of each table that has some; what ends by a restore, and its own lines of the log, are left out. */
async function contents(line: CommandLine): Promise<Record<string, string>> {
  const tables = await ask(
    line,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     and not relispartition and relname not in ('migrations', 'single_use_tokens')`,
  );
  const digests: Record<string, string> = {};
  for (const { name } of tables) {
    const but = name === "events" ? "where type not like 'backup.%'" : "";
    const [row] = await ask(
      line,
      `select md5(string_agg(t::text, e'\\n' order by t::text)) as digest from ${String(name)} t ${but}`,
    );
    if (typeof row?.["digest"] === "string") digests[String(name)] = row["digest"];
  }
  return digests;
}
