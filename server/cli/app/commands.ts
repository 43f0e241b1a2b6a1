import { command } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { facts, table } from "../print/table.ts";

const addresses = {
  postLogoutRedirectUri: {
    kind: "list",
    value: "URI",
    field: "postLogoutRedirectUris",
    summary: "where people may come back to after signing out",
  },
  backchannelLogoutUri: { kind: "text", value: "URI", summary: "where the app is told that a session ended" },
} as const satisfies Record<string, Flag>;

const redirectUri = {
  kind: "list",
  value: "URI",
  field: "redirectUris",
  summary: "where people come back to after signing in, to the letter",
} as const;

export const appCommands: readonly Command[] = [
  command({
    name: "app create",
    summary: "Make an app; its secret is shown once",
    flags: {
      name: { kind: "text", value: "NAME", required: true, summary: "what people see when they sign in to it" },
      redirectUri,
      ...addresses,
      grant: {
        kind: "list",
        value: "GRANT",
        field: "grantTypes",
        summary: "authorization_code, refresh_token, client_credentials; what its kind needs unless given",
      },
      public: { kind: "switch", summary: "an app in a browser or on a phone: it has no secret and uses PKCE" },
      machine: { kind: "switch", summary: "an app without people: client credentials" },
      thirdParty: { kind: "switch", summary: "people are asked what they agree to share" },
      requireFactor: { kind: "switch", summary: "people need a second factor" },
      scimMe: { kind: "switch", summary: "it may read the SCIM resource of whoever signs in (scope scim.me)" },
    },
    async run({ flags, work }) {
      const { createAppFor } = await import("./create.ts");
      const json = await work(async (one) => await createAppFor(one, flags));
      return {
        json,
        text: facts(
          [
            ["Client ID", json.clientId],
            ["Client secret", json.clientSecret],
          ],
          json.clientSecret === null ? "A public app has no secret." : "The secret is shown this once.",
        ),
      };
    },
  }),

  command({
    name: "app set",
    summary: "Change an app; a list of addresses replaces the one before",
    words: ["APP"],
    flags: {
      name: { kind: "text", value: "NAME", summary: "what people see when they sign in to it" },
      redirectUri,
      ...addresses,
      thirdParty: {
        kind: "text",
        choices: ["yes", "no"],
        summary: "whether people are asked what they agree to share",
      },
      scimMe: {
        kind: "text",
        choices: ["yes", "no"],
        summary: "whether it may read the SCIM resource of whoever signs in",
      },
    },
    notes: ["APP is a client id, a name or an id."],
    async run({ flags, words: [named], work }) {
      const { changeApp } = await import("./set.ts");
      const json = await work(async (one) => await changeApp(one, named, flags));
      return { json, text: `The app ${json.name} is as you wish.` };
    },
  }),

  command({
    name: "app list",
    summary: "List apps",
    async run({ work }) {
      const { listAllApps } = await import("./list.ts");
      const items = await work(listAllApps);
      const rows = items.map((one) => [
        one.name,
        one.kind,
        one.clientId,
        String(one.userCount),
        one.redirectUris.join(" "),
      ]);
      return { json: { items }, text: table(rows, ["NAME", "KIND", "CLIENT ID", "USERS", "REDIRECT URIS"]) };
    },
  }),
];
