import { directoryProducts, directorySwitches } from "#server/contract/directory-products.ts";
import { command } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { facts, table } from "../print/table.ts";
import { clientCommands } from "./client-commands.ts";
import { describeDirectory } from "./describe.ts";
import { tokenCommands } from "./token-commands.ts";
import { watchCommands } from "./watch-commands.ts";

const byName = "DIRECTORY is a name or an id.";

const product = {
  kind: "text",
  choices: directoryProducts,
  summary: "which product it is: for its guide and its connection test",
} as const satisfies Flag;

const rateLimit = { kind: "text", value: "PER_SECOND|off" } as const;

export const directoryCommands: readonly Command[] = [
  command({
    name: "directory create",
    summary: "Make a directory and its bearer token, which is shown once",
    flags: {
      name: { kind: "text", value: "NAME", required: true, summary: "such as Okta" },
      product,
      rateLimit: { ...rateLimit, summary: "most requests a second; 500 unless given" },
      adopt: {
        kind: "text",
        choices: ["username", "email"],
        summary: "take over a local account with the same username or email",
      },
      ownPasswords: { kind: "switch", summary: "let the directory set passwords" },
      tokenDays: { kind: "text", value: "DAYS", summary: "end the token after this many days; never unless given" },
    },
    async run({ flags, house, work }) {
      const { createDirectoryFor } = await import("./create.ts");
      const { config } = await house();
      const created = await work(async (one) => await createDirectoryFor(one, config.issuer, flags));
      return {
        json: created,
        text: facts(
          [
            ["Directory", created.id],
            ["Base URL", created.baseUrl],
            ["Token", created.token],
          ],
          "The token is shown this once.",
        ),
      };
    },
  }),

  command({
    name: "directory list",
    summary: "List directories with what they own, when they last called and what was refused",
    async run({ house, work }) {
      const { listAllDirectories } = await import("./list.ts");
      const { config } = await house();
      const items = await work(async (one) => await listAllDirectories(one, config.issuer));
      const rows = items.map((one) => [
        one.name,
        one.isLeaving ? "being deleted" : one.isPaused ? "paused" : "running",
        String(one.userCount),
        String(one.groupCount),
        one.lastRequestAt ?? "never",
        `${one.failedCount}${one.failedIsMore ? "+" : ""}`,
        one.id,
      ]);
      const text =
        rows.length === 0
          ? "There is no directory."
          : table(rows, ["NAME", "STATE", "USERS", "GROUPS", "LAST REQUEST", "REFUSED IN 24 H", "ID"]);
      return { json: { items }, text };
    },
  }),

  command({
    name: "directory show",
    summary: "Show a directory with its tokens and switches",
    words: ["DIRECTORY"],
    notes: [byName],
    async run({ words: [named], house, work }) {
      const { showDirectory } = await import("./show.ts");
      const { config } = await house();
      const json = await work(async (one) => await showDirectory(one, config.issuer, named));
      return { json, text: describeDirectory(json) };
    },
  }),

  command({
    name: "directory set",
    summary: "Change what a directory may do",
    words: ["DIRECTORY"],
    flags: {
      name: { kind: "text", value: "NAME", summary: "another name" },
      product,
      rateLimit: { ...rateLimit, summary: "most requests a second" },
      adopt: {
        kind: "text",
        choices: ["username", "email", "off"],
        summary: "take over a local account with the same username or email",
      },
      ownPasswords: { kind: "text", choices: ["yes", "no"], summary: "let the directory set passwords" },
      accept: { kind: "list", choices: directorySwitches, summary: "habits of the client to accept" },
      refuse: { kind: "list", choices: directorySwitches, summary: "habits of the client to refuse" },
    },
    notes: [byName, "What has no flag stays. docs/scim.md says what each habit is and who has it."],
    async run({ words: [named], flags, house, work }) {
      const { changeDirectory } = await import("./set.ts");
      const { config } = await house();
      const json = await work(async (one) => await changeDirectory(one, config.issuer, named, flags));
      return { json, text: describeDirectory(json) };
    },
  }),

  pausing("pause", "Answer a directory with 403 until it is resumed", true),
  pausing("resume", "Let a paused directory in again", false),

  command({
    name: "directory delete",
    summary: "Delete a directory; its accounts and groups stay and become local",
    words: ["DIRECTORY"],
    notes: [byName, "Nobody is deleted or signed out. Of a large directory the running server does the rest."],
    async run({ words: [named], work }) {
      const { removeDirectory } = await import("./delete.ts");
      const json = await work(async (one) => await removeDirectory(one, named));
      const owned = `${json.userCount} accounts and ${json.groupCount} groups`;
      const text = json.isGone
        ? `The directory is gone; ${owned} are local now.`
        : `The directory is being deleted; ${owned} become local in the background.`;
      return { json, text };
    },
  }),

  ...tokenCommands,
  ...clientCommands,
  ...watchCommands,
];

function pausing(verb: string, summary: string, isPaused: boolean): Command {
  return command({
    name: `directory ${verb}`,
    summary,
    words: ["DIRECTORY"],
    notes: [byName],
    async run({ words: [named], house, work }) {
      const { pauseDirectory } = await import("./pause.ts");
      const { config } = await house();
      const json = await work(async (one) => await pauseDirectory(one, config.issuer, named, isPaused));
      return { json, text: `The directory ${json.name} is ${isPaused ? "paused" : "running"}.` };
    },
  });
}
