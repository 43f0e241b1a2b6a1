import { command } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { facts, table } from "../print/table.ts";

const behaviour = {
  rateLimit: {
    kind: "text",
    value: "PER_SECOND|off",
    summary: "most requests a second; 500 unless given",
  },
  adopt: {
    kind: "text",
    choices: ["username", "email"],
    summary: "take over a local account with the same username or email",
  },
  ownPasswords: { kind: "switch", summary: "let the directory set passwords" },
} as const satisfies Record<string, Flag>;

const overlapHours = { kind: "text", value: "HOURS", summary: "0 to 720; 24 unless given" } as const;
const days = {
  kind: "text",
  value: "DAYS",
  summary: "how long the secret works; until it is rotated unless given",
} as const;

export const directoryCommands: readonly Command[] = [
  command({
    name: "directory create",
    summary: "Make a directory and its bearer token, which is shown once",
    flags: { name: { kind: "text", value: "NAME", required: true, summary: "such as Okta" }, ...behaviour },
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
    name: "directory rotate-token",
    summary: "Make another token; the older ones work on for the overlap",
    words: ["DIRECTORY"],
    flags: { overlapHours },
    notes: ["DIRECTORY is a name or an id."],
    async run({ flags, words: [named], house, work }) {
      const { rotateTokenOf } = await import("./rotate-token.ts");
      const { config } = await house();
      const rotated = await work(async (one) => await rotateTokenOf(one, config.issuer, named, flags.overlapHours));
      return {
        json: rotated,
        text: facts(
          [["Token", rotated.token]],
          `Older tokens work for ${rotated.overlapHours} hours. This one is shown this once.`,
        ),
      };
    },
  }),

  command({
    name: "directory add-client",
    summary: "Give a directory an OAuth client; its secret is shown once",
    words: ["DIRECTORY"],
    flags: { days },
    notes: ["DIRECTORY is a name or an id. For directories that ask for a client id and a token endpoint."],
    async run({ flags, words: [named], house, work }) {
      const { addClientTo } = await import("./client.ts");
      const { config } = await house();
      return clientAnswer(await work(async (one) => await addClientTo(one, config.issuer, named, flags)));
    },
  }),

  command({
    name: "directory rotate-secret",
    summary: "Make another secret of a directory's client; the older ones work on for the overlap",
    words: ["DIRECTORY"],
    flags: { overlapHours, days },
    notes: ["DIRECTORY is a name or an id."],
    async run({ flags, words: [named], house, work }) {
      const { rotateSecretOf } = await import("./client.ts");
      const { config } = await house();
      return clientAnswer(await work(async (one) => await rotateSecretOf(one, config.issuer, named, flags)));
    },
  }),

  command({
    name: "directory remove-client",
    summary: "Take the OAuth client of a directory away; its tokens stop working at once",
    words: ["DIRECTORY"],
    notes: ["DIRECTORY is a name or an id."],
    async run({ words: [named], work }) {
      const { removeClientOf } = await import("./client.ts");
      const id = await work(async (one) => await removeClientOf(one, named));
      return { json: { id, removed: true }, text: "The client is gone." };
    },
  }),

  command({
    name: "directory list",
    summary: "List directories with what they own and when they last called",
    async run({ house, work }) {
      const { listAllDirectories } = await import("./list.ts");
      const { config } = await house();
      const items = await work(async (one) => await listAllDirectories(one, config.issuer));
      const rows = items.map((one) => [
        one.name,
        one.isPaused ? "paused" : "running",
        String(one.userCount),
        String(one.groupCount),
        one.lastRequestAt ?? "never",
        one.id,
      ]);
      const text =
        rows.length === 0
          ? "There is no directory."
          : table(rows, ["NAME", "STATE", "USERS", "GROUPS", "LAST REQUEST", "ID"]);
      return { json: { items }, text };
    },
  }),

  pausing("pause", "Answer a directory with 403 until it is resumed", true),
  pausing("resume", "Let a paused directory in again", false),
];

function clientAnswer(json: {
  clientId: string;
  clientSecret: string;
  tokenUrl: string;
  scope: string;
  baseUrl: string;
}) {
  return {
    json,
    text: facts(
      [
        ["Base URL", json.baseUrl],
        ["Token URL", json.tokenUrl],
        ["Client ID", json.clientId],
        ["Client secret", json.clientSecret],
        ["Scope", json.scope],
      ],
      "The secret is shown this once.",
    ),
  };
}

function pausing(verb: string, summary: string, isPaused: boolean): Command {
  return command({
    name: `directory ${verb}`,
    summary,
    words: ["DIRECTORY"],
    notes: ["DIRECTORY is a name or an id."],
    async run({ words: [named], house, work }) {
      const { pauseDirectory } = await import("./pause.ts");
      const { config } = await house();
      const json = await work(async (one) => await pauseDirectory(one, config.issuer, named, isPaused));
      return { json, text: `The directory ${json.name} is ${isPaused ? "paused" : "running"}.` };
    },
  });
}
