// Measures what the console asks: `npm run bench:console -- --help`, and docs/benchmarks.md.
import { writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Db } from "#server/db/connect.ts";
import { allPermissions } from "#server/contract/permissions.ts";
import { newId } from "#server/kernel/ids.ts";
import { hashSecret, newSecret } from "#server/kernel/secrets.ts";
import { HttpClient } from "#test/bench/scim/http-client.ts";
import { openInstallation } from "#test/bench/scim/installation.ts";
import { lookAround, questions } from "./questions.ts";
import type { Question } from "./questions.ts";
import { seedUse } from "#server/cli/seed/seed-use.ts";
import { tidy } from "#server/cli/seed/tidy.ts";

const help = `Measures the admin API as the console uses it, on a real server with an embedded PostgreSQL.

  npm run bench:console -- --data DIR [--users 1000000] [--events 10000000] [--times 40] [--json FILE]

  --data DIR     where the installation is kept, as DIR/data-USERS; filled unless it is there (some minutes)
  --users N      1000000 unless given
  --events N     how many events there are made to be; 10000000 unless given
  --times N      how often each question is asked, one after the other; 40 unless given
  --only TEXT    only questions whose name has this in it
  --json FILE    write all figures there, too
`;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    users: { type: "string", default: "1000000" },
    events: { type: "string", default: "10000000" },
    times: { type: "string", default: "40" },
    only: { type: "string", default: "" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** No answer of a list, a page or the log may take longer, in milliseconds at the 95th percentile. */
const aimMs = 150;

interface Line {
  question: string;
  p50: number;
  p95: number;
  most: number;
}

if (values.help || values.data === undefined) process.stdout.write(help);
else await run(resolve(values.data));

async function run(folder: string): Promise<void> {
  const users = Number(values.users);
  const installation = await openInstallation({ users, folder: join(folder, `data-${users}`), connections: 1 });
  try {
    const events = Number(values.events);
    const there = await installation.db.row<{ count: number }>("select count(*)::int as count from events");
    if ((there?.count ?? 0) < events) {
      console.error(`Making ${events} events …`);
      await installation.db.inTransaction(async (tx) => await seedUse(tx, events));
      await tidy(installation.db);
    }
    const client = new HttpClient(`${installation.origin}/api/v1`, await makeToken(installation.db), 1);
    const known = await lookAround(installation.db, installation.directoryId, users);
    const lines: Line[] = [];
    for (const question of questions(known).filter(({ name }) => name.includes(values.only))) {
      lines.push(await ask(client, question));
    }
    client.close();
    print(lines, users, events);
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify(lines, undefined, 2));
  } finally {
    await installation.close();
  }
}

async function ask(client: HttpClient, { name, path }: Question): Promise<Line> {
  const took: number[] = [];
  const times = Number(values.times);
  // The first few fill the caches, as those do who came before.
  for (let n = -3; n < times; n += 1) {
    const startedAt = performance.now();
    const answer = await client.send("GET", path(n + 3));
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
    if (n >= 0) took.push(performance.now() - startedAt);
  }
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { question: name, p50: at(0.5), p95: at(0.95), most: at(1) };
}

function print(lines: readonly Line[], users: number, events: number): void {
  const [load] = loadavg();
  const ms = (value: number) => value.toFixed(1).padStart(8);
  console.log(`${users} users, ${events} events, ${availableParallelism()} cores, load ${load?.toFixed(1)}\n`);
  console.log(`${"".padEnd(40)}${"p50 ms".padStart(8)}${"p95 ms".padStart(8)}${"most".padStart(8)}`);
  for (const { question, p50, p95, most } of lines) {
    console.log(`${question.padEnd(40)}${ms(p50)}${ms(p95)}${ms(most)}${p95 > aimMs ? "  over" : ""}`);
  }
  const over = lines.filter((line) => line.p95 > aimMs);
  console.log(`\np95 under ${aimMs} ms: ${lines.length - over.length} of ${lines.length}`);
}

async function makeToken(db: Db): Promise<string> {
  const token = newSecret("gha");
  await db.run(
    "insert into api_tokens (id, name, hash, permissions, created_at) values ($1, 'benchmark', $2, $3, now())",
    [newId(new Date()), hashSecret(token), allPermissions],
  );
  return token;
}
