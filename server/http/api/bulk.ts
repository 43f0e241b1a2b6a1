import { cancelBulk, findBulkJobs, findBulkResults, readBulkJob } from "../../bulk/read-bulk.ts";
import { presentBulkJob, presentBulkResult } from "../../bulk/present-bulk.ts";
import { startBulk } from "../../bulk/start-bulk.ts";
import type * as bulk from "../../contract/bulk.ts";
import { inWork } from "../../db/work.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof bulk,
  "startBulkJob" | "listBulkJobs" | "getBulkJob" | "listBulkResults" | "cancelBulkJob"
>;

export const bulkHandlers: Handlers<Operations> = {
  startBulkJob: async ({ house, by, body }) =>
    presentBulkJob(await inWork(house, by, async (work) => await startBulk(work, body))),

  listBulkJobs: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findBulkJobs(work, query);
      return { ...found, items: found.rows.map(presentBulkJob) };
    }),

  getBulkJob: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const { job, refusals } = await readBulkJob(work, params.id);
      return { ...presentBulkJob(job), refusals };
    }),

  listBulkResults: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findBulkResults(work, params.id, query);
      return { ...found, items: found.rows.map(presentBulkResult) };
    }),

  cancelBulkJob: async ({ house, by, params }) =>
    presentBulkJob(await inWork(house, by, async (work) => await cancelBulk(work, params.id))),
};
