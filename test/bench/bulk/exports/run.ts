// Measures exports: `npm run bench:exports -- --help`, and docs/benchmarks.md.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchmark } from "./benchmark.ts";
import { table, verdictTable } from "./report.ts";

const help = `Measures exports of users with 15 columns by a real worker, beside the bare cursor of the database.

  npm run bench:exports -- [--users 1000000] [--data DIR] [--rounds 2] [--json FILE]

  --users N      users of the installation; 1000000 unless given
  --data DIR     keep the installation as DIR/data-N and use the one that is there; else it is removed again
  --rounds N     how often each is measured; 2 unless given
  --json FILE    write all figures there, too
`;

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "1000000" },
    data: { type: "string" },
    rounds: { type: "string", default: "2" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(help);
else await run();

async function run(): Promise<void> {
  const folder = values.data === undefined ? await mkdtemp(join(tmpdir(), "gatehouse-bench-")) : resolve(values.data);
  try {
    const { lines, verdicts } = await benchmark({
      users: Number(values.users),
      folder,
      rounds: Number(values.rounds),
      tell: (line) => console.error(line),
    });
    const [load] = loadavg();
    console.log(`${availableParallelism()} cores, load ${load?.toFixed(1)}\n`);
    console.log(`${table(lines)}\n\n${verdictTable(verdicts)}`);
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify({ lines, verdicts }, undefined, 2));
  } finally {
    if (values.data === undefined) await rm(folder, { recursive: true, force: true });
  }
}
