import type * as attributes from "../../contract/attributes.ts";
import { createAttribute } from "../../attributes/create-attribute.ts";
import { deleteAttribute } from "../../attributes/delete-attribute.ts";
import { presentAttribute, readAttribute } from "../../attributes/read-attribute.ts";
import { readAttributes } from "../../attributes/read-attributes.ts";
import { findAttribute, updateAttribute } from "../../attributes/update-attribute.ts";
import { inWork } from "../../db/work.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof attributes,
  "listAttributes" | "createAttribute" | "getAttribute" | "updateAttribute" | "deleteAttribute"
>;

export const attributeHandlers: Handlers<Operations> = {
  listAttributes: async ({ house }) => {
    const { list } = await readAttributes(house.db);
    return { items: list.map(({ row }) => presentAttribute(row)) };
  },

  createAttribute: async ({ house, by, body }) =>
    await inWork(house, by, async (work) => {
      const { name, labels, type, ...rest } = body;
      const id = await createAttribute(work, { name, labels, type, ...given(rest) });
      return presentAttribute(await findAttribute(work, id));
    }),

  getAttribute: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await readAttribute(work, params.id)),

  updateAttribute: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      await updateAttribute(work, params.id, given(body));
      return presentAttribute(await findAttribute(work, params.id));
    }),

  deleteAttribute: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await deleteAttribute(work, params.id)).then(() => undefined),
};
