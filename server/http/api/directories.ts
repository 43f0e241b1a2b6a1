import type * as directories from "../../contract/directories.ts";
import type { DirectorySwitch } from "../../contract/directory-products.ts";
import { inWork } from "../../db/work.ts";
import { createDirectory } from "../../directories/create-directory.ts";
import {
  addDirectoryClient,
  removeDirectoryClient,
  rotateDirectorySecret,
} from "../../directories/directory-client.ts";
import { deleteDirectory } from "../../directories/delete-directory.ts";
import { listTests } from "../../directories/directory-tests.ts";
import { revokeDirectoryToken, rotateDirectoryToken } from "../../directories/directory-tokens.ts";
import { findOwnedGroups, findOwnedUsers, presentOwnedGroup, presentOwnedUser } from "../../directories/find-owned.ts";
import {
  listDirectories,
  listDirectoryRequests,
  presentDirectory,
  presentRequest,
  readDirectory,
} from "../../directories/list-directories.ts";
import { updateDirectory } from "../../directories/update-directory.ts";
import { testDirectory } from "../directory-test/test-directory.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof directories,
  | "listDirectories"
  | "createDirectory"
  | "getDirectory"
  | "updateDirectory"
  | "deleteDirectory"
  | "rotateDirectoryToken"
  | "addDirectoryClient"
  | "rotateDirectorySecret"
  | "removeDirectoryClient"
  | "revokeDirectoryToken"
  | "listDirectoryUsers"
  | "listDirectoryGroups"
  | "testDirectory"
  | "listDirectoryTests"
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
      const { tokenExpiresAt = null, ...wanted } = body;
      const { directory, token } = await createDirectory(
        work,
        { ...fieldsOf(wanted), name: body.name },
        dateOf(tokenExpiresAt),
      );
      return { ...presentDirectory(await readDirectory(work, directory.id), house.config.issuer), token };
    }),

  getDirectory: async ({ house, by, params }) =>
    await inWork(house, by, async (work) =>
      presentDirectory(await readDirectory(work, params.id), house.config.issuer),
    ),

  updateDirectory: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      await updateDirectory(work, params.id, fieldsOf(body));
      return presentDirectory(await readDirectory(work, params.id), house.config.issuer);
    }),

  rotateDirectoryToken: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      const { overlapHours, until, expiresAt = null } = body;
      const older = { overlapHours, ...(until !== undefined && { until: new Date(until) }) };
      const token = await rotateDirectoryToken(work, params.id, older, dateOf(expiresAt));
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

  deleteDirectory: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await deleteDirectory(work, params.id)),

  revokeDirectoryToken: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await revokeDirectoryToken(work, params.id, params.tokenId);
      return undefined;
    }),

  listDirectoryUsers: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findOwnedUsers(work, params.id, query);
      return { ...found, items: found.rows.map(presentOwnedUser) };
    }),

  listDirectoryGroups: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findOwnedGroups(work, params.id, query);
      return { ...found, items: found.rows.map(presentOwnedGroup) };
    }),

  testDirectory: async ({ house, by, params, body }) => await testDirectory(house, by, params.id, body.as),

  listDirectoryTests: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => ({ items: await listTests(work, params.id) })),

  listDirectoryRequests: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listDirectoryRequests(work, params.id, { ...query, failed: query.failed === "yes" });
      return { ...found, items: found.rows.map(presentRequest) };
    }),
};

function credentialOf(body: { publicKey?: string | undefined; expiresAt?: string | null | undefined }) {
  return { publicKey: body.publicKey, expiresAt: dateOf(body.expiresAt ?? null) };
}

/** The fields without those that were left out; the same for the switches among them. */
function fieldsOf<Fields extends { switches?: Partial<Record<DirectorySwitch, boolean | undefined>> | undefined }>(
  body: Fields,
) {
  const { switches, ...fields } = body;
  return { ...given(fields), ...(switches !== undefined && { switches: given(switches) }) };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
