import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, time } from "./shapes.ts";

export const listTokens = endpoint({
  method: "GET",
  path: "/tokens",
  summary: "List the tokens of the admin API",
  permission: "settings",
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({
    items: z.array(
      z.object({
        id,
        name: z.string(),
        permissions: z.array(z.string()),
        /** Null: made at the command line. */
        createdBy: z.string().nullable(),
        createdAt: time,
        expiresAt: time.nullable(),
        lastUsedAt: time.nullable(),
      }),
    ),
  }),
  failures: [],
});

export const revokeToken = endpoint({
  method: "DELETE",
  path: "/tokens/:id",
  summary: "Revoke a token of the admin API; it stops working at once",
  permission: "settings",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["token.missing"],
});
