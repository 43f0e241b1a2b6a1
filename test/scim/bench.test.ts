import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { benchmark } from "#test/bench/scim/benchmark.ts";
import { operations } from "#test/bench/scim/operations.ts";
import { insertPeople } from "#server/cli/seed/seed-people.ts";
import { bodyOf } from "#test/bench/scim/body-of.ts";
import { atServer } from "./support/at-server.ts";
import { made } from "./support/scim-client.ts";

const at = atServer();

test("[P1] scale: the benchmark's people are those that the server makes of their requests", async () => {
  const { db } = at.server.house;
  const rowsOf = async (id: string) => {
    const [user] = await db.rows<Record<string, unknown>>("select * from users where id = $1", [id]);
    const events = await db.rows<Record<string, unknown>>(
      "select * from events where subject_id = $1 order by type desc",
      [id],
    );
    return [user, ...events].map(withoutChance);
  };
  await insertPeople(db, at.scim.id, 3);
  const seeded = await db.row<{ id: string }>("select id from users where external_id = 'external-2'");
  const rows = await rowsOf(seeded?.id ?? "");
  expect(rows).toHaveLength(3);
  await db.run("delete from users where directory_id = $1", [at.scim.id]);
  expect(rows).toEqual(await rowsOf(await made(at.scim, bodyOf(2))));
});

const chance = ["id", "at", "created_at", "updated_at", "request_id", "subject_id", "user_agent", "turn"];

/** Without what is another each time: ids, times, names of requests, the client. */
function withoutChance(row: Record<string, unknown> | undefined): Record<string, unknown> {
  const rest = Object.entries(row ?? {}).filter(([name]) => !chance.includes(name));
  const isVersion7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/.test(String(row?.["id"]));
  return { ...Object.fromEntries(rest), isVersion7, isAboutSomebody: typeof row?.["subject_id"] };
}

test("[P1] scale: the benchmark runs, and leaves an installation as it was", { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  try {
    const plan = {
      sizes: [1000],
      folder,
      connections: 2,
      seconds: 0.05,
      rounds: 1,
      only: operations.map(({ name }) => name).filter((name) => !name.includes("in bulk")),
      env: { PROCESSES: "1", LOG_LEVEL: "silent" },
      tell: () => {},
    };
    const first = await benchmark(plan);
    expect(first.lines.map(({ operation }) => operation)).toEqual(
      plan.only.filter((name) => !name.includes("100,000")),
    );
    for (const line of first.lines) {
      expect(line.count, line.operation).toBeGreaterThan(0);
      expect(line.p99, line.operation).toBeGreaterThanOrEqual(line.p50);
    }
    const again = await benchmark({ ...plan, only: ["filter by a work email"] });
    expect(again.verdicts.map(({ aim }) => aim)).toEqual([
      "filter by a work email, 1,000 users: 1 ms of processor time",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
