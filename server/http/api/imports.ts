import { accountColumnsByKey, attributeOfColumn } from "../../contract/account-columns.ts";
import { failure } from "../../contract/failure.ts";
import { workbookType } from "../../contract/imports.ts";
import type * as imports from "../../contract/imports.ts";
import { inWork } from "../../db/work.ts";
import type { Work } from "../../db/work.ts";
import { changeReading } from "../../imports/change-reading.ts";
import { listImports, listRows } from "../../imports/list-imports.ts";
import { presentImport, presentImportRow, presentRow } from "../../imports/present-import.ts";
import type { Say } from "../../imports/present-import.ts";
import { receiveFile } from "../../imports/receive-file.ts";
import { resultFile } from "../../imports/result-file.ts";
import { sampleFile } from "../../imports/sample-file.ts";
import { requireImport, takeStep } from "../../imports/take-step.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import { failureText } from "../failure-words.ts";
import { GivenFile } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof imports,
  | "listImports"
  | "uploadImport"
  | "downloadImportSample"
  | "getImport"
  | "updateImport"
  | "actOnImport"
  | "listImportRows"
  | "downloadImportResult"
>;

const csv = "text/csv; charset=utf-8";

export const importHandlers: Handlers<Operations> = {
  listImports: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listImports(work, query);
      return { ...found, items: found.rows.map(presentImportRow) };
    }),

  uploadImport: async ({ house, by, query, file, locale }) =>
    await presentImport(house.db, await receiveFile(house, by, { name: query.name, bytes: file }), sayIn(locale)),

  downloadImportSample: async ({ house, by, query }) => {
    const { language, format } = query;
    const bytes = await inWork(house, by, async (work) => await sampleFile(work, language, format));
    return new GivenFile(`gatehouse-sample.${format}`, format === "csv" ? csv : workbookType, once(bytes));
  },

  getImport: async ({ house, by, params, locale }) =>
    await inWork(house, by, async (work) => await presented(work, params.id, locale)),

  updateImport: async ({ house, by, params, body, locale }) =>
    await inWork(house, by, async (work) => {
      await changeReading(work, house.keyring, params.id, body);
      return await presented(work, params.id, locale);
    }),

  actOnImport: async ({ house, by, params, body, locale }) =>
    await inWork(house, by, async (work) => {
      await takeStep(work, params.id, body.action, { sendActivation: body.sendActivation });
      return await presented(work, params.id, locale);
    }),

  listImportRows: async ({ house, by, params, query, locale }) =>
    await inWork(house, by, async (work) => {
      const found = await listRows(work, params.id, query);
      return { ...found, items: found.rows.map((row) => presentRow(row, sayIn(locale))) };
    }),

  downloadImportResult: async ({ house, by, params, query: { language, kind } }) => {
    const header = (column: string) =>
      accountColumnsByKey.get(column)?.header[language] ?? attributeOfColumn(column) ?? column;
    const { name, parts } = await resultFile(house, by, params.id, { language, kind, header, say: sayIn(language) });
    return new GivenFile(name, csv, parts);
  },
};

async function presented(work: Work, id: string, locale: Locale) {
  return await presentImport(work.tx, await requireImport(work, id), sayIn(locale));
}

/** Kept refusals in a language. */
export function sayIn(locale: Locale): Say {
  return ({ code, data = {}, says }) =>
    failureText(failure(code, says === undefined ? { data } : { data, says }), locale);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
