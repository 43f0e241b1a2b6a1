import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

export const settingCommands: readonly Command[] = [
  command({
    name: "settings get",
    summary: "Show one setting of the organization, or all",
    words: ["KEY?"],
    async run({ words: [key], house }) {
      const { getSetting, listSettings } = await import("./settings.ts");
      const { db } = await house();
      if (key !== undefined) {
        const one = await getSetting(db, key);
        return { json: one, text: String(one.value) };
      }
      const items = await listSettings(db);
      return { json: { items }, text: table(items.map((one) => [one.key, String(one.value), one.summary])) };
    },
  }),

  command({
    name: "settings set",
    summary: "Change a setting of the organization",
    words: ["KEY", "VALUE"],
    notes: ["`gatehouse settings get` lists the keys. A value that begins with `--` goes behind `--`."],
    async run({ words: [key, value], work }) {
      const { changeSetting } = await import("./settings.ts");
      const json = await work(async (one) => await changeSetting(one, key, value));
      return { json, text: `${json.key} is ${String(json.value)}.` };
    },
  }),
];
