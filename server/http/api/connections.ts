import { createConnection, deleteConnection, updateConnection } from "../../connections/change-connection.ts";
import { linkIdentity, listIdentities, unlinkIdentity } from "../../connections/identities.ts";
import { listConnections, presentConnection, readConnection } from "../../connections/list-connections.ts";
import { probeIssuer } from "../../connections/upstream.ts";
import type * as connections from "../../contract/connections.ts";
import { inWork } from "../../db/work.ts";
import type { Work } from "../../db/work.ts";
import type { UserId } from "../../kernel/ids.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof connections,
  | "listConnections"
  | "createConnection"
  | "getConnection"
  | "updateConnection"
  | "deleteConnection"
  | "listUserIdentities"
  | "linkUserIdentity"
  | "unlinkUserIdentity"
>;

export const connectionHandlers: Handlers<Operations> = {
  listConnections: async ({ house, by }) =>
    await inWork(house, by, async (work) => ({
      items: (await listConnections(work)).map((row) => presentConnection(row, house.config.issuer)),
    })),

  createConnection: async ({ house, by, body }) => {
    // The other side may be slow to answer, so it is asked before the transaction opens.
    const issuer = await probeIssuer(house, body.issuer);
    return await inWork(house, by, async (work) => {
      const { name, clientId } = body;
      const id = await createConnection(work, house.keyring, { ...given(body), name, clientId, issuer });
      return presentConnection(await readConnection(work, id), house.config.issuer);
    });
  },

  getConnection: async ({ house, by, params }) =>
    await inWork(house, by, async (work) =>
      presentConnection(await readConnection(work, params.id), house.config.issuer),
    ),

  updateConnection: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      await updateConnection(work, house.keyring, params.id, given(body));
      return presentConnection(await readConnection(work, params.id), house.config.issuer);
    }),

  deleteConnection: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await deleteConnection(work, params.id)).then(() => undefined),

  listUserIdentities: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await presented(work, params.id)),

  linkUserIdentity: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      await linkIdentity(work, params.id as UserId, params.connectionId, body.subject);
      return await presented(work, params.id);
    }),

  unlinkUserIdentity: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await unlinkIdentity(work, params.id as UserId, params.connectionId)).then(
      () => undefined,
    ),
};

async function presented(work: Work, userId: string) {
  const items = await listIdentities(work, userId);
  return {
    items: items.map((item) => ({
      connection: { id: item.connection_id, name: item.connection_name },
      subject: item.subject,
      createdAt: item.created_at.toISOString(),
      lastUsedAt: item.last_used_at?.toISOString() ?? null,
    })),
  };
}
