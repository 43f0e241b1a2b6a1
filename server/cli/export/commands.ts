import { exportData } from "#server/contract/export-columns.ts";
import {
  exportDelimiters,
  exportEncodings,
  exportFormats,
  exportLanguages,
  exportTimes,
} from "#server/contract/exports.ts";
import { command } from "../command.ts";
import type { Command } from "../command.ts";

export const exportCommands: readonly Command[] = [
  command({
    name: "export",
    summary: "Write accounts, groups, devices, sessions or the log to a CSV or XLSX file",
    words: ["DATA", "FILE"],
    flags: {
      format: { kind: "text", choices: exportFormats, summary: "what FILE ends with unless given" },
      columns: { kind: "list", value: "COLUMN", summary: "only these, in this order" },
      encoding: { kind: "text", choices: exportEncodings, summary: "of CSV; utf-8 unless given" },
      delimiter: { kind: "text", choices: exportDelimiters, summary: "of CSV; comma unless given" },
      times: { kind: "text", choices: exportTimes, summary: "ISO 8601, or seconds since 1970; iso unless given" },
      timeZone: { kind: "text", value: "ZONE", summary: "of times; the organization's unless given" },
      language: { kind: "text", choices: exportLanguages, summary: "of headers and words; en unless given" },
      search: { kind: "text", value: "TEXT", summary: "who or what, as the search of the list" },
      status: { kind: "list", value: "STATUS", summary: "only users of these" },
      group: { kind: "text", value: "ID", summary: "only users in this group" },
      role: { kind: "text", value: "ID", summary: "only users of this role" },
      directory: { kind: "text", value: "ID", summary: "only users of this directory, or `local`" },
      attribute: { kind: "text", value: "NAME:VALUE", summary: "only users with this value" },
      users: { kind: "list", value: "USER", summary: "only these", field: "ids" },
      createdAfter: { kind: "text", value: "TIME", summary: "only users created since then" },
      createdBefore: { kind: "text", value: "TIME", summary: "only users created before" },
      consentOnly: { kind: "switch", summary: "only users who consented to marketing" },
      activeOnly: { kind: "switch", summary: "only users whose status is active" },
      type: {
        kind: "text",
        value: "TYPE",
        summary: "of the log: only events of this type, such as user.created or user",
      },
      outcome: { kind: "text", choices: ["success", "failure"], summary: "of the log: only these" },
      after: { kind: "text", value: "TIME", summary: "of the log: only events since then" },
      before: { kind: "text", value: "TIME", summary: "of the log: only events before" },
      replace: { kind: "switch", summary: "write over FILE when it is there" },
    },
    notes: [
      `DATA is one of ${exportData.join(", ")}.`,
      "Times are such as 2026-11-23T00:00:00+09:00. It works while the server runs and while it does not.",
    ],
    async run({ words: [data, file], flags, house, work }) {
      const { exportToFile } = await import("./export-to-file.ts");
      const json = await exportToFile(await house(), work, data, file, flags);
      const lost = [
        json.replaced === 0 ? "" : ` Characters replaced that the encoding lacks: ${json.replaced}.`,
        json.cut === 0 ? "" : ` Texts cut that a cell cannot hold: ${json.cut}.`,
      ].join("");
      return { json, text: `Wrote ${json.rows} rows (${json.bytes} bytes) to ${json.file}.${lost}` };
    },
  }),
];
