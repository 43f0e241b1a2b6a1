import { readFile, rm, stat, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCommandLine } from "#test/support/command-line.ts";
import type { CommandLine } from "#test/support/command-line.ts";
import { readBook } from "./support/exporting.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 180_000 });

let line: CommandLine;
let folder: string;
beforeAll(async () => {
  line = await openCommandLine();
  folder = await mkdtemp(join(tmpdir(), "gatehouse-exports-"));
  for (const username of ["ada", "ben"]) {
    const made = await line.run(["user", "create", "--username", username, "--display-name", `=${username}`]);
    expect(made.stderr).toBe("");
  }
});
afterAll(async () => {
  await line.close();
  await rm(folder, { recursive: true, force: true });
});

test("[B3] [C3] `export` writes a file, whole or not at all, and says so in the log", async () => {
  const file = join(folder, "users.csv");
  const made = await line.run([
    "export",
    "accounts",
    file,
    "--columns",
    "username",
    "displayName",
    "--users",
    "ada",
    "--json",
  ]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.json).toMatchObject({ file, data: "accounts", rows: 1, replaced: 0, cut: 0 });
  expect(parse(await readFile(file))).toEqual([
    ["Username", "Display name"],
    ["ada", "'=ada"],
  ]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const again = await line.run(["export", "accounts", file]);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toContain("--replace");
  const book = join(folder, "log.xlsx");
  expect((await line.run(["export", "log", book, "--type", "user.created"])).stdout).toContain("Wrote 2 rows");
  expect((await readBook(await readFile(book))).rowCount).toBe(3);
  const wrong = await line.run(["export", "accounts", join(folder, "x.csv"), "--columns", "nothing"]);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("--columns") });
  await expect(stat(join(folder, "x.csv.part"))).rejects.toThrow();
  const log = join(folder, "log.csv");
  await line.run(["export", "log", log, "--type", "export", "--columns", "type", "actorKind"]);
  expect(parse(await readFile(log)).slice(1)).toEqual([
    ["export.requested", "operator"],
    ["export.finished", "operator"],
    ["export.requested", "operator"],
    ["export.finished", "operator"],
    // That it was asked for is what happened before it was made.
    ["export.requested", "operator"],
  ]);
});

/** What no form and no directory has made plain. */
const odd = {
  emails: [
    { value: "ada@home.example", type: "home" },
    { value: "ada@example.com", type: "work", primary: true },
    { value: "a@example.com" },
  ],
  phoneNumbers: [
    { value: "+81 3 5550 0001", type: "work" },
    { value: "0312345678", type: "mobile", primary: true },
  ],
  title: '\'=1+1\nsecond line, "quoted"',
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "-R&D-", employeeNumber: "007" },
};

test.each(["all.csv", "all.xlsx"])("[B6] an export as %s that is imported again changes nothing", async (name) => {
  const client = new pg.Client({ connectionString: line.env["DATABASE_URL"] });
  await client.connect();
  await client.query(
    "update users set resource = $1, email = 'ada@example.com', custom = '{}' where username = 'ada'",
    [JSON.stringify(odd)],
  );
  await client.end();
  const file = join(folder, name);
  expect((await line.run(["export", "accounts", file])).stderr).toBe("");
  const tried = await line.run(["import", file, "--dry-run", "--json"]);
  expect(tried.stderr).toBe("");
  expect(tried.json).toMatchObject({
    problems: [],
    counts: { add: 0, update: 0, delete: 0, unchanged: 2, problem: 0 },
  });
});

test("[L3] [C3] `audit verify` answers with the head, and ends with 1 once something was changed", async () => {
  const server = await line.start();
  const client = new pg.Client({ connectionString: line.env["DATABASE_URL"] });
  await client.connect();
  try {
    const sealed = async () => (await client.query<{ n: string }>("select count(*) as n from event_seals")).rows[0]?.n;
    // The worker seals by itself; it is asked to do so now rather than at the next minute.
    await client.query("select graphile_worker.add_job('log.seal')");
    await expect.poll(sealed, { timeout: 20_000 }).toBe("1");
  } finally {
    await server.stop();
  }
  const whole = await line.run(["audit", "verify", "--json"]);
  expect(whole).toMatchObject({ code: 0, json: { isWhole: true, seals: 1, problems: [] } });
  const head = String(whole.json["head"]);
  expect((await line.run(["audit", "verify", "--expect", head])).stdout).toContain("The log is whole.");
  expect((await line.run(["audit", "verify", "--expect", "nonsense"])).code).toBe(1);
  await client.query("set session_replication_role = replica");
  await client.query("update events set actor_name = 'nobody' where type = 'user.created'");
  await client.end();
  const broken = await line.run(["audit", "verify"]);
  expect(broken.code).toBe(1);
  expect(broken.stdout).toMatch(/NOT as it was sealed[^]*Event [0-9a-f-]{36} was changed, in seal 1/);
});
