import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

export const roleCommands: readonly Command[] = [
  command({
    name: "role list",
    summary: "List roles",
    async run({ house }) {
      const { readRoles } = await import("#server/permissions/read-role.ts");
      const items = await readRoles((await house()).db);
      const rows = items.map((one) => [one.name, one.factorPolicy ?? "", one.permissions.join(" "), one.id]);
      return { json: { items }, text: table(rows, ["NAME", "FACTOR", "PERMISSIONS", "ID"]) };
    },
  }),

  command({
    name: "role set",
    summary: "Change a role",
    words: ["ROLE"],
    flags: {
      factor: {
        kind: "text",
        choices: ["optional", "required", "default"],
        summary: "a second factor for everybody in it; default is what the organization says",
      },
    },
    notes: ["ROLE is a name or an id. Of organization and role, the one that asks for more wins."],
    async run({ words: [named], flags: { factor }, work }) {
      const { changeRole } = await import("./set.ts");
      const json = await work(async (one) => await changeRole(one, named, factor));
      return { json, text: `The role ${json.name} is as you wish.` };
    },
  }),
];
