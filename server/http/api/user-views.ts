import type { z } from "zod";
import type * as views from "../../contract/views.ts";
import type { UserViewRow } from "../../db/sql/user-views.ts";
import { inWork } from "../../db/work.ts";
import { deleteUserView, findUserViews, saveUserView } from "../../users/user-views.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof views, "listUserViews" | "saveUserView" | "deleteUserView">;

export const userViewHandlers: Handlers<Operations> = {
  listUserViews: async ({ house, by }) =>
    await inWork(house, by, async (work) => ({ items: (await findUserViews(work)).map(presentView) })),

  saveUserView: async ({ house, by, body }) =>
    presentView(await inWork(house, by, async (work) => await saveUserView(work, body))),

  deleteUserView: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await deleteUserView(work, params.id);
      return undefined;
    }),
};

function presentView({ id, name, query, created_at }: UserViewRow): z.input<typeof views.userView> {
  return { id, name, query, createdAt: created_at.toISOString() };
}
