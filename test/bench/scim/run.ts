// Measures the SCIM door: `npm run bench:scim -- --help`, and docs/benchmarks.md.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchmark } from "./benchmark.ts";
import { table, verdictTable } from "./report.ts";

const help = `Measures the SCIM door of a real server with an embedded PostgreSQL, over HTTP.

  npm run bench:scim -- [--sizes 1000,100000,1000000] [--data DIR] [--json FILE]

  --sizes N,N        users of each installation; 1000,100000,1000000 unless given
  --data DIR         keep the installations as DIR/data-N and use those that are there; else they are removed again
  --connections N    requests at a time; 8 unless given
  --seconds N        how long each operation is measured in each installation; 4 unless given
  --rounds N         in how many pieces; 4 unless given
  --only TEXT,TEXT   only operations whose name has one of these in it
  --env NAME=VALUE   more of the servers' environment, such as PROCESSES=1 or NODE_OPTIONS=--cpu-prof; may be repeated
  --json FILE        write all figures there, too
`;

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,100000,1000000" },
    data: { type: "string" },
    connections: { type: "string", default: "8" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "4" },
    only: { type: "string", default: "" },
    env: { type: "string", multiple: true, default: [] },
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
      sizes: values.sizes.split(",").map(Number),
      folder,
      connections: Number(values.connections),
      seconds: Number(values.seconds),
      rounds: Number(values.rounds),
      only: values.only.split(",").filter((part) => part !== ""),
      env: Object.fromEntries(values.env.map((pair) => [pair.replace(/=.*/s, ""), pair.replace(/^[^=]*=/, "")])),
      tell: (line) => console.error(line),
    });
    const [load] = loadavg();
    console.log(`${availableParallelism()} cores, load ${load?.toFixed(1)}, ${values.connections} connections\n`);
    console.log(`${table(lines)}\n\n${verdictTable(verdicts)}`);
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify({ lines, verdicts }, undefined, 2));
  } finally {
    if (values.data === undefined) await rm(folder, { recursive: true, force: true });
  }
}
