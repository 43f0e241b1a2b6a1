import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { facts } from "../print/table.ts";

const publicKey = {
  kind: "text",
  value: "FILE",
  summary: "PEM or JWK, for a client that signs with its own key (private_key_jwt) and gets no secret",
} as const;
const overlapHours = { kind: "text", value: "HOURS", summary: "0 to 720; 24 unless given" } as const;
const days = {
  kind: "text",
  value: "DAYS",
  summary: "how long the secret works; until it is rotated unless given",
} as const;

export const clientCommands: readonly Command[] = [
  command({
    name: "directory add-client",
    summary: "Give a directory an OAuth client; its secret is shown once",
    words: ["DIRECTORY"],
    flags: { publicKey, days },
    notes: ["DIRECTORY is a name or an id. For directories that ask for a client id and a token endpoint."],
    async run({ flags, words: [named], house, work }) {
      const { addClientTo, readKeyFile } = await import("./client.ts");
      const wanted = { ...flags, publicKey: await readKeyFile(flags.publicKey) };
      const { config } = await house();
      return clientAnswer(await work(async (one) => await addClientTo(one, config.issuer, named, wanted)));
    },
  }),

  command({
    name: "directory rotate-secret",
    summary: "Make another secret of a directory's client; the older ones work on for the overlap",
    words: ["DIRECTORY"],
    flags: { overlapHours, publicKey, days },
    notes: ["DIRECTORY is a name or an id. A client that was made with a key is given another key."],
    async run({ flags, words: [named], house, work }) {
      const { readKeyFile, rotateSecretOf } = await import("./client.ts");
      const wanted = { ...flags, publicKey: await readKeyFile(flags.publicKey) };
      const { config } = await house();
      return clientAnswer(await work(async (one) => await rotateSecretOf(one, config.issuer, named, wanted)));
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
];

function clientAnswer(json: {
  clientId: string;
  clientSecret: string | null;
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
      json.clientSecret === null ? "It signs with its key." : "The secret is shown this once.",
    ),
  };
}
