import { command } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { table } from "../print/table.ts";

const settings = {
  name: { kind: "text", value: "NAME", summary: "what people read; the identifier unless given" },
  scopes: {
    kind: "text",
    value: "SCOPES",
    summary: 'what it lets apps do, apart by spaces: "orders:read orders:write"',
  },
  opaque: { kind: "switch", field: "tokenFormat", summary: "tokens are opaque and introspected, instead of JWT" },
  lifetime: { kind: "text", value: "SECONDS", field: "tokenSeconds", summary: "how long its tokens last, 60 to 86400" },
  signing: { kind: "text", choices: ["RS256", "ES256"], field: "signingAlg", summary: "how JWT are signed" },
  app: {
    kind: "list",
    value: "APP",
    field: "appIds",
    summary: "only these apps may ask for it; otherwise all of the organization's own",
  },
} as const satisfies Record<string, Flag>;

export const resourceCommands: readonly Command[] = [
  command({
    name: "resource create",
    summary: "Register an API that gets JWT access tokens",
    flags: {
      identifier: { kind: "text", value: "URI", required: true, summary: "what apps name in the parameter `resource`" },
      ...settings,
    },
    async run({ flags, work }) {
      const { createResourceFor } = await import("./create.ts");
      const json = await work(async (one) => await createResourceFor(one, flags));
      return { json, text: `The API ${json.identifier} is registered.` };
    },
  }),

  command({
    name: "resource list",
    summary: "List APIs",
    async run({ work }) {
      const { listAllResources } = await import("./create.ts");
      const items = await work(listAllResources);
      const rows = items.map((one) => [
        one.identifier,
        one.tokenFormat,
        one.access === "ownApps" ? "own apps" : one.apps.map((app) => app.name).join(", "),
        one.scopes.map((scope) => scope.name).join(" "),
      ]);
      return { json: { items }, text: table(rows, ["IDENTIFIER", "TOKENS", "FOR", "SCOPES"]) };
    },
  }),

  command({
    name: "resource delete",
    summary: "Delete an API: nobody gets tokens for it any more",
    words: ["RESOURCE"],
    notes: ["RESOURCE is an identifier or an id."],
    async run({ words: [named], work }) {
      const { deleteResourceNamed } = await import("./create.ts");
      await work(async (one) => await deleteResourceNamed(one, named));
      return { json: {}, text: "It is deleted." };
    },
  }),
];
