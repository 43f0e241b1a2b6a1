import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCommandLine } from "./support/command-line.ts";
import type { CommandLine } from "./support/command-line.ts";

vi.setConfig({ testTimeout: 120_000 });

let line: CommandLine;

beforeAll(async () => {
  line = await openCommandLine();
});
afterAll(async () => await line.close());

async function rows(statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: line.env["DATABASE_URL"] });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

test("[C3] seed fills a new house as it was asked, loses no index, and leaves a house in use alone", async () => {
  const indexes =
    "select regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') as index from pg_indexes where schemaname = 'public' and tablename !~ '_20' order by 1";
  const before = await rows(indexes);
  expect(await line.run(["seed", "--users", "many"])).toMatchObject({ code: 1, stdout: "" });
  const answer = await line.run(["seed", "--users", "120", "--events", "1000", "--json"]);
  expect(answer).toMatchObject({ code: 0, stderr: "" });
  expect(answer.json).toMatchObject({ users: 120, groups: 12 });
  expect(answer.json["events"]).toBeGreaterThanOrEqual(1000);
  expect(await rows(indexes)).toEqual(before);
  expect(await rows("select sum(users)::int as active from activity_days")).toEqual([{ active: 6 }]);
  const again = await line.run(["seed"]);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toContain("in use");
  expect(await rows("select count(*)::int as users from users")).toEqual([{ users: 120 }]);
});
