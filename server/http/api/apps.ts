import { countAppUsers, listApps, presentApp } from "../../apps/list-apps.ts";
import { createApp } from "../../apps/create-app.ts";
import { listLogouts, presentLogout } from "../../apps/list-logouts.ts";
import { deleteApp, readApp, rotateAppSecret, updateApp } from "../../apps/update-app.ts";
import type * as apps from "../../contract/apps.ts";
import { inWork } from "../../db/work.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof apps,
  "listApps" | "createApp" | "getApp" | "updateApp" | "rotateAppSecret" | "deleteApp" | "listAppLogouts"
>;

export const appHandlers: Handlers<Operations> = {
  listApps: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listApps(work, query);
      return { ...found, totalIsMore: false, items: found.rows.map((row) => presentApp(row, row.userCount)) };
    }),

  createApp: async ({ house, by, body }) =>
    await inWork(house, by, async (work) => {
      const { app, clientSecret } = await createApp(work, { ...given(body), kind: body.kind, name: body.name });
      return { ...presentApp(app, 0), clientSecret };
    }),

  getApp: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const app = await readApp(work, params.id);
      return presentApp(app, await countAppUsers(work, app.id));
    }),

  updateApp: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      const app = await updateApp(work, params.id, given(body));
      return presentApp(app, await countAppUsers(work, app.id));
    }),

  rotateAppSecret: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const { app, clientSecret } = await rotateAppSecret(work, params.id);
      return { ...presentApp(app, await countAppUsers(work, app.id)), clientSecret };
    }),

  deleteApp: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await deleteApp(work, params.id)).then(() => undefined),

  listAppLogouts: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listLogouts(work, params.id, query);
      return { ...found, items: found.rows.map(presentLogout) };
    }),
};
