import type * as exports from "../../contract/exports.ts";
import { inWork } from "../../db/work.ts";
import { downloadExport } from "../../exports/download-export.ts";
import { cancelExport, removeExport } from "../../exports/end-export.ts";
import { listExports, presentExport, readExport } from "../../exports/list-exports.ts";
import { requestExport } from "../../exports/request-export.ts";
import { KeptFile } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof exports,
  "listExports" | "createExport" | "getExport" | "cancelExport" | "deleteExport" | "downloadExport"
>;

export const exportHandlers: Handlers<Operations> = {
  listExports: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listExports(work, query);
      return { ...found, items: found.rows.map((row) => presentExport(row, by.actor, work.now)) };
    }),

  createExport: async ({ house, by, body }) =>
    await inWork(house, by, async (work) => {
      const id = await requestExport(work, body);
      return presentExport(await readExport(work, id), by.actor, work.now);
    }),

  getExport: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => presentExport(await readExport(work, params.id), by.actor, work.now)),

  cancelExport: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => presentExport(await cancelExport(work, params.id), by.actor, work.now)),

  deleteExport: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await removeExport(work, params.id);
      return undefined;
    }),

  downloadExport: async ({ house, by, params }) =>
    new KeptFile(await inWork(house, by, async (work) => await downloadExport(work, house.db, params.id))),
};
