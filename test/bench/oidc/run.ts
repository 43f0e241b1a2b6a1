// Measures signing in and tokens: `npm run bench:oidc -- --help`, and docs/benchmarks.md.
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { benchmark } from "./benchmark.ts";

const help = `Measures sign-ins and tokens of a real server with an embedded PostgreSQL, over HTTP, beside what bounds them.

  npm run bench:oidc -- [--seconds 8] [--connections 8] [--rounds 4]

  --seconds N        how long each operation is measured; 8 unless given
  --rounds N         in how many pieces, so that what else the machine does meets all alike; 4 unless given
  --connections N    requests at a time; 8 unless given
`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    rounds: { type: "string", default: "4" },
    connections: { type: "string", default: "8" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(help);
else await run();

async function run(): Promise<void> {
  const { rows, ratios } = await benchmark({
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    connections: Number(values.connections),
    tell: (line) => console.error(line),
  });
  const [load] = loadavg();
  console.log(`${availableParallelism()} cores, load ${load?.toFixed(1)}, ${values.connections} connections\n`);
  console.log(
    ["operation".padEnd(44), "per s", "p50 ms", "p95 ms", "server", "postgres", "client", "count"].join("  "),
  );
  for (const row of rows) {
    console.log(
      [
        row.name.padEnd(44),
        row.perSecond.toFixed(1).padStart(5),
        row.p50.toFixed(1).padStart(6),
        row.p95.toFixed(1).padStart(6),
        row.processor.server.toFixed(2).padStart(6),
        row.processor.database.toFixed(2).padStart(8),
        row.processor.client.toFixed(2).padStart(6),
        String(row.count).padStart(5),
      ].join("  "),
    );
  }
  console.log("\nserver, postgres, client: milliseconds of processor time of one\n");
  for (const { aim, byRate, byProcessor, least } of ratios) {
    const verdict = (value: number) => `${value.toFixed(2)} ${value >= least ? "reached" : "MISSED "}`;
    console.log(`${aim} ≥ ${least}: by rate ${verdict(byRate)}, by processor time ${verdict(byProcessor)}`);
  }
}
