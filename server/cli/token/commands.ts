import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { facts } from "../print/table.ts";

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
      days: { kind: "text", value: "DAYS", summary: "how long it works; until it is removed unless given" },
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
];
