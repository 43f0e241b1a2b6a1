import type * as directories from "../../contract/directories.ts";
import { inWork } from "../../db/work.ts";
import { createDirectory } from "../../directories/create-directory.ts";
import {
  addDirectoryClient,
  removeDirectoryClient,
  rotateDirectorySecret,
} from "../../directories/directory-client.ts";
import { rotateDirectoryToken } from "../../directories/directory-tokens.ts";
import {
  listDirectories,
  listDirectoryRequests,
  presentDirectory,
  presentRequest,
  readDirectory,
} from "../../directories/list-directories.ts";
import { updateDirectory } from "../../directories/update-directory.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof directories,
  | "listDirectories"
  | "createDirectory"
  | "getDirectory"
  | "updateDirectory"
  | "rotateDirectoryToken"
  | "addDirectoryClient"
  | "rotateDirectorySecret"
  | "removeDirectoryClient"
  | "listDirectoryRequests"
>;

export const directoryHandlers: Handlers<Operations> = {
  listDirectories: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listDirectories(work, query);
      return {
        ...found,
        totalIsMore: false,
        items: found.rows.map((row) => presentDirectory(row, house.config.issuer)),
      };
    }),

  createDirectory: async ({ house, by, body }) =>
    await inWork(house, by, async (work) => {
      const { directory, token } = await createDirectory(work, { ...given(body), name: body.name });
      return { ...presentDirectory(await readDirectory(work, directory.id), house.config.issuer), token };
    }),

  getDirectory: async ({ house, by, params }) =>
    await inWork(house, by, async (work) =>
      presentDirectory(await readDirectory(work, params.id), house.config.issuer),
    ),

  updateDirectory: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      await updateDirectory(work, params.id, given(body));
      return presentDirectory(await readDirectory(work, params.id), house.config.issuer);
    }),

  rotateDirectoryToken: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      const token = await rotateDirectoryToken(work, params.id, body.overlapHours);
      return { ...presentDirectory(await readDirectory(work, params.id), house.config.issuer), token };
    }),

  addDirectoryClient: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      const { clientSecret } = await addDirectoryClient(work, params.id, credentialOf(body));
      return { ...presentDirectory(await readDirectory(work, params.id), house.config.issuer), clientSecret };
    }),

  rotateDirectorySecret: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      const wanted = { ...credentialOf(body), overlapHours: body.overlapHours };
      const { clientSecret } = await rotateDirectorySecret(work, params.id, wanted);
      return { ...presentDirectory(await readDirectory(work, params.id), house.config.issuer), clientSecret };
    }),

  removeDirectoryClient: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await removeDirectoryClient(work, params.id);
      return undefined;
    }),

  listDirectoryRequests: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listDirectoryRequests(work, params.id, { ...query, failed: query.failed === "yes" });
      return { ...found, items: found.rows.map(presentRequest) };
    }),
};

function credentialOf({ expiresAt }: { expiresAt?: string | null | undefined }) {
  return { expiresAt: expiresAt == null ? null : new Date(expiresAt) };
}
