import {
  createResource,
  deleteResource,
  listResources,
  presentResource,
  readResource,
  updateResource,
} from "../../apps/resources.ts";
import type * as resources from "../../contract/resources.ts";
import { inWork } from "../../db/work.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Omit<typeof resources, "resourceRow" | "resourceScope">;

export const resourceHandlers: Handlers<Operations> = {
  listResources: async ({ house, by }) =>
    await inWork(house, by, async (work) => ({ items: (await listResources(work)).map(presentResource) })),

  createResource: async ({ house, by, body }) =>
    await inWork(house, by, async (work) =>
      presentResource(await createResource(work, { ...given(body), identifier: body.identifier })),
    ),

  getResource: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => presentResource(await readResource(work, params.id))),

  updateResource: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => presentResource(await updateResource(work, params.id, given(body)))),

  deleteResource: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await deleteResource(work, params.id)).then(() => undefined),
};
