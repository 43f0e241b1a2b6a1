import { attributeTypes, scimReaches } from "#server/contract/attributes.ts";
import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

export const attributeCommands: readonly Command[] = [
  command({
    name: "attribute create",
    summary: "Define an attribute of users",
    flags: {
      name: { kind: "text", value: "NAME", required: true, summary: "as SCIM and the API call it: costCode" },
      label: { kind: "text", value: "LABEL", field: "labels.en", summary: "as forms call it; the name unless given" },
      labelJa: { kind: "text", value: "LABEL", field: "labels.ja", summary: "the same in Japanese" },
      description: { kind: "text", value: "TEXT", summary: "what it is for" },
      type: { kind: "text", choices: attributeTypes, summary: "string unless given" },
      several: { kind: "switch", field: "isMultiValued", summary: "one user can have several values" },
      choice: { kind: "list", value: "VALUE", field: "canonicalValues", summary: "allowed values; any unless given" },
      required: { kind: "switch", summary: "new accounts need a value" },
      unique: { kind: "switch", field: "isUnique", summary: "no two accounts may have the same value" },
      users: { kind: "text", choices: ["see", "edit"], summary: "what users may do with their own value" },
      claim: { kind: "text", value: "CLAIM", summary: "what apps get it as, with the scope profile" },
      scim: { kind: "text", choices: scimReaches, summary: "what directories may do; readWrite unless given" },
    },
    async run({ flags, work }) {
      const { createAttributeFor } = await import("./create.ts");
      const json = await work(async (one) => await createAttributeFor(one, flags));
      return { json, text: `The attribute ${json.name} is defined.` };
    },
  }),

  command({
    name: "attribute list",
    summary: "List the attributes that the organization defines",
    async run({ work }) {
      const { listAttributes } = await import("./list.ts");
      const items = await work(listAttributes);
      const rows = items.map((one) => [
        one.name,
        one.labels.en,
        one.isMultiValued ? `${one.type}, several` : one.type,
        [one.isRequired && "required", one.isUnique && "unique"].filter((word) => word !== false).join(", "),
        one.scim,
        one.claim ?? "",
      ]);
      const list = table(rows, ["NAME", "LABEL", "TYPE", "RULES", "SCIM", "CLAIM"]);
      return { json: { items }, text: rows.length === 0 ? "No attribute is defined." : list };
    },
  }),

  command({
    name: "attribute delete",
    summary: "Delete an attribute and remove its values from all accounts",
    words: ["NAME"],
    notes: ["This cannot be undone. Nobody sees the values any more at once; a job removes them."],
    async run({ words: [named], work }) {
      const { deleteNamed } = await import("./delete.ts");
      const json = await work(async (one) => await deleteNamed(one, named));
      return { json, text: `The attribute ${json.name} is deleted.` };
    },
  }),
];
