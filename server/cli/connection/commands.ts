import { connectionMatches } from "#server/contract/connections.ts";
import { command } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { facts, table } from "../print/table.ts";

const yesNo = ["yes", "no"] as const;

const fields = {
  scopes: { kind: "text", value: "SCOPES", summary: "what is asked for; openid email profile unless given" },
  domain: {
    kind: "list",
    value: "DOMAIN",
    field: "domains",
    summary: "whoever types an email address of it is sent there",
  },
  match: {
    kind: "text",
    choices: connectionMatches,
    summary: "which account somebody gets the first time: by verified email, by username, or none",
  },
  createUsers: { kind: "text", choices: yesNo, summary: "make an account for somebody who matches none" },
  askFactor: { kind: "text", choices: yesNo, summary: "ask for second factors as after a password" },
  askProtection: { kind: "text", choices: yesNo, summary: "apply account protection as after a password" },
  button: { kind: "text", choices: yesNo, summary: "show a button on the sign-in page" },
  secretStdin: { kind: "switch", field: "clientSecret", summary: "read the client secret from standard input" },
} as const satisfies Record<string, Flag>;

const byName = "CONNECTION is a name or an id.";

export const connectionCommands: readonly Command[] = [
  command({
    name: "connection create",
    summary: "Let people sign in through another OpenID provider",
    flags: {
      name: { kind: "text", value: "NAME", required: true, summary: "what the button says" },
      issuer: { kind: "text", value: "URI", required: true, summary: "the provider's address" },
      clientId: { kind: "text", value: "ID", required: true, summary: "what Gatehouse is called there" },
      ...fields,
    },
    notes: ["Without a secret Gatehouse is a public client there, with PKCE."],
    async run({ flags, house, work, readInput }) {
      const { createConnectionFor } = await import("./change.ts");
      const json = await createConnectionFor({ house: await house(), work }, flags, readInput);
      return {
        json,
        text: facts(
          [
            ["Connection", json.id],
            ["Redirect URI", json.redirectUri],
            ["Back-channel logout URI", json.backchannelLogoutUri],
          ],
          "Tell the provider these addresses.",
        ),
      };
    },
  }),

  command({
    name: "connection set",
    summary: "Change a connection; what is not given stays",
    words: ["CONNECTION"],
    flags: {
      name: { kind: "text", value: "NAME", summary: "what the button says" },
      clientId: { kind: "text", value: "ID", summary: "what Gatehouse is called there" },
      ...fields,
      paused: { kind: "text", choices: yesNo, summary: "keep people from signing in through it" },
    },
    notes: [byName, "An empty `--domain=` takes all domains away."],
    async run({ flags, words: [named], house, work, readInput }) {
      const { changeConnectionFor } = await import("./change.ts");
      const json = await changeConnectionFor({ house: await house(), work }, named, flags, readInput);
      return { json, text: `The connection ${json.name} is as you wish.` };
    },
  }),

  command({
    name: "connection list",
    summary: "List connections",
    async run({ house, work }) {
      const { listAllConnections } = await import("./change.ts");
      const { config } = await house();
      const items = await work(async (one) => await listAllConnections(one, config.issuer));
      const rows = items.map((one) => [
        one.name,
        one.isPaused ? "paused" : "on",
        one.issuer,
        one.domains.join(" "),
        String(one.identityCount),
      ]);
      const list = table(rows, ["NAME", "STATE", "ISSUER", "DOMAINS", "PEOPLE"]);
      return { json: { items }, text: rows.length === 0 ? "There is no connection." : list };
    },
  }),

  command({
    name: "connection delete",
    summary: "Delete a connection with its links; sessions that began there end",
    words: ["CONNECTION"],
    notes: [byName],
    async run({ words: [named], work }) {
      const { deleteConnectionNamed } = await import("./change.ts");
      const json = await work(async (one) => await deleteConnectionNamed(one, named));
      return { json, text: `${json.name} is deleted.` };
    },
  }),
];
