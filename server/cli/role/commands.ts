import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

const factor = {
  kind: "text",
  choices: ["optional", "required", "default"],
  summary: "a second factor for everybody in it; default is what the organization says",
} as const;

const notes = ["Of organization and role, the one that asks for more as a second factor wins."];

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
    name: "role create",
    summary: "Make a role",
    words: ["NAME"],
    flags: {
      permissions: { kind: "list", value: "PERMISSION", summary: 'such as "accounts groups"; none unless given' },
      factor,
    },
    notes,
    async run({ words: [name], flags, work }) {
      const { makeRole } = await import("./set.ts");
      const json = await work(async (one) => await makeRole(one, name, flags));
      return { json, text: `The role ${json.name} is made.` };
    },
  }),

  command({
    name: "role set",
    summary: "Change a role",
    words: ["ROLE"],
    flags: {
      name: { kind: "text", value: "NAME", summary: "another name" },
      permissions: {
        kind: "list",
        value: "PERMISSION",
        summary: 'all that it allows from now on, such as "accounts groups"; "" for nothing',
      },
      factor,
    },
    notes: ["ROLE is a name or an id. The built-in ones keep their names and permissions.", ...notes],
    async run({ words: [named], flags, work }) {
      const { changeRole } = await import("./set.ts");
      const json = await work(async (one) => await changeRole(one, named, flags));
      return { json, text: `The role ${json.name} is as you wish.` };
    },
  }),

  command({
    name: "role delete",
    summary: "Delete a role that no account has",
    words: ["ROLE"],
    notes: ["ROLE is a name or an id."],
    async run({ words: [named], work }) {
      const { deleteRole } = await import("#server/permissions/change-role.ts");
      await work(async (one) => await deleteRole(one, named));
      return { json: { role: named, deleted: true }, text: `The role ${named} is deleted.` };
    },
  }),
];
