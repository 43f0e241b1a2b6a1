import { fileDelimiters, fileEncodings } from "#server/contract/imports.ts";
import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

export const importCommands: readonly Command[] = [
  command({
    name: "import",
    summary: "Add, update and delete accounts by a CSV file or an Excel workbook",
    words: ["FILE"],
    flags: {
      dryRun: { kind: "switch", summary: "say what would be done, and change nothing" },
      yes: { kind: "switch", summary: "do it without asking" },
      column: {
        kind: "list",
        value: "HEADER=KEY",
        field: "columns",
        summary: "what a column is, where its header does not say",
      },
      encoding: {
        kind: "text",
        value: "NAME",
        choices: fileEncodings,
        summary: "of a CSV file; found out unless given",
      },
      delimiter: {
        kind: "text",
        value: "NAME",
        choices: fileDelimiters,
        summary: "of a CSV file; found out unless given",
      },
      sheet: { kind: "text", value: "NAME", summary: "of a workbook; the first one unless given" },
      clearBlank: {
        kind: "switch",
        field: "blankCells",
        summary: "an empty cell takes the value away; otherwise it stays",
      },
      sendActivation: { kind: "switch", summary: "send new accounts the activation mail, whatever the setting says" },
    },
    notes: [
      "A row says in its Action column whether it adds, updates or deletes; docs/imports.md has all columns and rules.",
      "Rows with problems are left out. Without `--yes` it asks before anything is changed.",
      "It ends with 1 when a row was refused.",
    ],
    async run({ words: [file], flags, house, work, tell }) {
      const { importFile } = await import("./import-file.ts");
      const json = await importFile({ house: await house(), work, tell }, file, flags);
      const { counts } = json;
      const said: [string, number][] = [
        ["add", counts.add],
        ["update", counts.update],
        ["delete", counts.delete],
        ["unchanged", counts.unchanged],
        ["problems", counts.problem],
        ["done", counts.done],
        ["refused", counts.failed],
      ];
      const problems = json.problems.map(({ row, column, message }) => [`row ${row}`, column ?? "", message]);
      const parts = [
        `${json.file}: ${json.state === "ready" ? "checked, nothing is changed" : json.state}`,
        table(said.filter(([, count]) => count > 0).map(([name, count]) => [name, String(count)])),
        ...(problems.length === 0 ? [] : [table(problems)]),
        ...(json.problemsLeftOut === 0 ? [] : [`… and ${json.problemsLeftOut} more rows with problems`]),
      ];
      return { json, text: parts.join("\n\n"), failed: counts.problem + counts.failed > 0 };
    },
  }),
];
