import { directoryProducts, productNames } from "#server/contract/directory-products.ts";
import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

const byName = "DIRECTORY is a name or an id.";

export const watchCommands: readonly Command[] = [
  command({
    name: "directory requests",
    summary: "Show what a directory asked lately, newest first",
    words: ["DIRECTORY"],
    flags: {
      failed: { kind: "switch", summary: "only those that were refused" },
      status: { kind: "text", value: "CODE", summary: "only these, such as 409 or 4xx" },
      method: { kind: "text", choices: ["GET", "POST", "PUT", "PATCH", "DELETE"], summary: "only these" },
      path: { kind: "text", value: "TEXT", summary: "only those with this in the address" },
      limit: { kind: "text", value: "COUNT", summary: "how many; 50 unless given" },
    },
    notes: [byName],
    async run({ words: [named], flags, work }) {
      const { listRequestsOf } = await import("./requests.ts");
      const items = await work(async (one) => await listRequestsOf(one, named, flags));
      const rows = items.map((one) => [
        one.at,
        one.method,
        String(one.status),
        one.path.replace(/^\/scim\/v2(?=\/)/, ""),
        [one.detail, ...one.coercions].filter((text) => text !== null).join("; "),
      ]);
      const text = rows.length === 0 ? "No request." : table(rows, ["TIME", "METHOD", "ANSWER", "ADDRESS", "WHAT"]);
      return { json: { items }, text };
    },
  }),

  command({
    name: "directory test",
    summary: "Play the opening moves of a product against the own SCIM address; nothing of it stays",
    words: ["DIRECTORY"],
    flags: { as: { kind: "text", choices: directoryProducts, summary: "the product; the directory's unless given" } },
    notes: [
      byName,
      "Test users and groups bear `gatehouse-test` in their name and are deleted; no mail is sent.",
      "It ends with 1 when a move fails.",
    ],
    async run({ words: [named], flags, house, work }) {
      const { testDirectoryOf } = await import("./test.ts");
      const json = await testDirectoryOf(await house(), work, named, flags.as);
      const rows = json.steps.map((step) => [
        step.outcome,
        step.request?.method ?? "",
        step.status === null ? "" : String(step.status),
        step.title,
        step.problem === null ? "" : step.problem.says,
      ]);
      const counts = `${json.steps.filter((step) => step.outcome === "passed").length} of ${json.steps.length} moves`;
      const summary = json.isPassed
        ? `The directory behaves as ${productNames[json.product]} expects: ${counts} passed.`
        : `${productNames[json.product]} would not get along with this directory: only ${counts} passed.`;
      const advice = json.advice.map((one) => `- ${one.says}`).join("\n");
      return { json, text: `${table(rows)}\n\n${summary}\n${advice}`, failed: !json.isPassed };
    },
  }),
];
