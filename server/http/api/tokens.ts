import type * as tokens from "../../contract/tokens.ts";
import { inWork } from "../../db/work.ts";
import { listApiTokens, revokeApiToken } from "../../permissions/api-tokens.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof tokens, "listTokens" | "revokeToken">;

export const tokenHandlers: Handlers<Operations> = {
  listTokens: async ({ house, by }) =>
    await inWork(house, by, async (work) => ({
      items: (await listApiTokens(work)).map((token) => ({
        id: token.id,
        name: token.name,
        permissions: token.permissions,
        createdBy: token.created_by,
        createdAt: token.created_at.toISOString(),
        expiresAt: token.expires_at?.toISOString() ?? null,
        lastUsedAt: token.last_used_at?.toISOString() ?? null,
      })),
    })),

  revokeToken: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await revokeApiToken(work, params.id)).then(() => undefined),
};
