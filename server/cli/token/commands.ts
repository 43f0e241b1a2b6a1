import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { facts, table } from "../print/table.ts";

export const tokenCommands: readonly Command[] = [
  command({
    name: "token create",
    summary: "Make a token for the admin API, which is shown once",
    flags: {
      name: { kind: "text", value: "NAME", required: true, summary: "what it is for" },
      permissions: {
        kind: "list",
        value: "PERMISSION",
        summary: 'such as "accounts groups"; all of them unless given',
      },
      days: { kind: "text", value: "DAYS", summary: "how long it works; until it is revoked unless given" },
    },
    async run({ flags, work }) {
      const { createTokenFor } = await import("./create.ts");
      const token = await work(async (one) => await createTokenFor(one, flags));
      return {
        json: { token },
        text: facts([["Token", token]], "It is shown this once."),
      };
    },
  }),

  command({
    name: "token list",
    summary: "List the tokens of the admin API and when they were last used",
    flags: {},
    async run({ work }) {
      const { listApiTokens } = await import("#server/permissions/api-tokens.ts");
      const items = (await work(listApiTokens)).map((token) => ({
        id: token.id,
        name: token.name,
        permissions: token.permissions,
        createdBy: token.created_by,
        expiresAt: token.expires_at?.toISOString() ?? null,
        lastUsedAt: token.last_used_at?.toISOString() ?? null,
      }));
      const cells = items.map((one) => [one.name, one.lastUsedAt ?? "never", one.expiresAt ?? "never", one.id]);
      return { json: { items }, text: table(cells, ["NAME", "LAST USED", "EXPIRES", "ID"]) };
    },
  }),

  command({
    name: "token revoke",
    summary: "Revoke a token of the admin API; it stops working at once",
    words: ["TOKEN"],
    flags: {},
    notes: ["TOKEN is an id; `token list` shows them."],
    async run({ words: [id], work }) {
      const { revokeApiToken } = await import("#server/permissions/api-tokens.ts");
      await work(async (one) => await revokeApiToken(one, id));
      return { json: { id, revoked: true }, text: "The token is revoked." };
    },
  }),
];
