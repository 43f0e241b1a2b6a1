import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCommandLine } from "#test/support/command-line.ts";
import type { CommandLine } from "#test/support/command-line.ts";

vi.setConfig({ testTimeout: 60_000 });

let line: CommandLine;
beforeAll(async () => {
  line = await openCommandLine();
});
afterAll(async () => await line.close());

test("[B1] gatehouse import says what it would do, asks for a yes, does it, and says what is wrong", async () => {
  const file = join(String(line.env["DATA_DIR"]), "people.csv");
  const rows = ["Who,Display name,Email", "ada,Ada,ada@example.com", "bob,Bob,not an address"];
  await writeFile(file, rows.join("\n"));
  const unasked = await line.run(["import", file]);
  expect(unasked).toMatchObject({ code: 1, stdout: "" });
  expect(unasked.stderr).toContain("Add `--yes` to do it without asking");
  const unmatched = await line.run(["import", file, "--dry-run", "--column", "Nobody=username"]);
  expect(unmatched.stderr).toContain('the file has no column "Nobody"');

  const dry = await line.run(["import", file, "--dry-run", "--column", "Who=username", "--json"]);
  expect(dry.code).toBe(1);
  expect(dry.json).toMatchObject({
    state: "ready",
    counts: { add: 1, problem: 1, done: 0 },
    problems: [{ row: 3, column: "email", code: "user.emailInvalid" }],
  });
  expect((await line.run(["user", "list", "--json"])).json).toMatchObject({ total: 0 });

  const done = await line.run(["import", file, "--yes", "--column", "Who=username"]);
  expect(done.stdout).toMatch(/people\.csv: done[^]*add +1[^]*done +1[^]*row 3 +email +This is not an email address\./);
  expect((await line.run(["user", "list", "--json"])).json).toMatchObject({ total: 1, items: [{ username: "ada" }] });
  const broken = await line.run(["import", "/nowhere.csv", "--yes"]);
  expect(broken).toMatchObject({ code: 1, stderr: 'There is no file "/nowhere.csv" that can be read.\n' });
});
