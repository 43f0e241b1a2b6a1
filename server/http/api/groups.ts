import type * as groups from "../../contract/groups.ts";
import { inWork } from "../../db/work.ts";
import { findGroups, findMembers, presentGroup, readGroup } from "../../groups/find-groups.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof groups, "listGroups" | "getGroup" | "listGroupMembers">;

export const groupHandlers: Handlers<Operations> = {
  listGroups: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findGroups(work, query);
      const items = found.rows.map((row) =>
        presentGroup(row, row.directory_id === null ? null : { id: row.directory_id, name: row.directory_name ?? "" }),
      );
      return { ...found, items };
    }),

  getGroup: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const group = await readGroup(work, params.id);
      const directory =
        group.directory_id === null
          ? null
          : await work.tx.row<{ id: string; name: string }>("select id, name from directories where id = $1", [
              group.directory_id,
            ]);
      return presentGroup(group, directory ?? null);
    }),

  listGroupMembers: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findMembers(work, params.id, query);
      const items = found.rows.map((row) => ({
        id: row.id,
        username: row.username,
        displayName: row.display_name,
        email: row.email,
        status: row.status,
      }));
      return { ...found, items };
    }),
};
