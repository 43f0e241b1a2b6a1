import { command } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { facts, table } from "../print/table.ts";
import { settingFlags } from "./settings-flags.ts";

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

const access = {
  kind: "text",
  choices: ["everyone", "chosen"],
  summary: "who may use it; for chosen people see `app assign`",
} as const satisfies Flag;

const holders = {
  user: { kind: "list", value: "USER", field: "userIds", summary: "users, by username or id" },
  group: { kind: "list", value: "GROUP", field: "groupIds", summary: "groups, by name or id" },
} as const satisfies Record<string, Flag>;

const byName = "APP is a client id, a name or an id.";

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
        summary: "authorization_code, refresh_token, device_code, client_credentials; what its kind needs unless given",
      },
      public: { kind: "switch", summary: "an app in a browser or on a phone: it has no secret and uses PKCE" },
      machine: { kind: "switch", summary: "an app without people: client credentials" },
      thirdParty: { kind: "switch", summary: "people are asked what they agree to share" },
      requireFactor: { kind: "switch", summary: "people need a second factor" },
      scimMe: { kind: "switch", summary: "it may read the SCIM resource of whoever signs in (scope scim.me)" },
      access,
      ...settingFlags,
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
      requireFactor: { kind: "text", choices: ["yes", "no"], summary: "whether people need a second factor" },
      grant: { kind: "list", value: "GRANT", field: "grantTypes", summary: "grants; the list replaces the one before" },
      access,
      ...settingFlags,
    },
    notes: [byName],
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

  command({
    name: "app assign",
    summary: "Let users and groups use an app",
    words: ["APP"],
    flags: holders,
    notes: [byName, "It counts once the app is for chosen people: `app set APP --access chosen`."],
    async run({ flags, words: [named], work }) {
      const { assignAppTo } = await import("./holders.ts");
      const json = await work(async (one) => await assignAppTo(one, named, flags));
      return { json, text: `${json.added} of them are new.` };
    },
  }),

  command({
    name: "app unassign",
    summary: "Take an app away from users and groups",
    words: ["APP"],
    flags: holders,
    notes: [byName, "Tokens of those who may not use it any more stop working at once."],
    async run({ flags, words: [named], work }) {
      const { unassignAppFrom } = await import("./holders.ts");
      const json = await work(async (one) => await unassignAppFrom(one, named, flags));
      return { json, text: "They do not have it any more." };
    },
  }),

  command({
    name: "entitlement create",
    summary: "Declare something that an app lets people do",
    words: ["APP", "VALUE"],
    flags: { name: { kind: "text", value: "NAME", summary: "what people read; the value unless given" } },
    notes: [byName, "VALUE is what the app is told in the claim `entitlements`, one word: chat.settings."],
    async run({ flags, words: [named, value], work }) {
      const { createEntitlementOf } = await import("./entitlements.ts");
      const json = await work(async (one) => await createEntitlementOf(one, named, value, flags.name));
      return { json, text: `The app knows ${json.value}.` };
    },
  }),

  command({
    name: "entitlement list",
    summary: "List what an app lets people do",
    words: ["APP"],
    notes: [byName],
    async run({ words: [named], work }) {
      const { listEntitlementsOf } = await import("./entitlements.ts");
      const items = await work(async (one) => await listEntitlementsOf(one, named));
      const rows = items.map((one) => [one.value, String(one.userCount), String(one.groupCount), one.name]);
      return { json: { items }, text: table(rows, ["VALUE", "USERS", "GROUPS", "NAME"]) };
    },
  }),

  command({
    name: "entitlement grant",
    summary: "Give an entitlement of an app to users and groups",
    words: ["APP", "VALUE"],
    flags: holders,
    notes: [byName],
    async run({ flags, words: [named, value], work }) {
      const { grantEntitlementOf } = await import("./entitlements.ts");
      const json = await work(async (one) => await grantEntitlementOf(one, named, value, flags));
      return { json, text: `${json.added} of them are new.` };
    },
  }),

  command({
    name: "entitlement revoke",
    summary: "Take an entitlement away from users and groups",
    words: ["APP", "VALUE"],
    flags: holders,
    notes: [byName],
    async run({ flags, words: [named, value], work }) {
      const { revokeEntitlementOf } = await import("./entitlements.ts");
      const json = await work(async (one) => await revokeEntitlementOf(one, named, value, flags));
      return { json, text: "They do not hold it any more." };
    },
  }),

  command({
    name: "entitlement delete",
    summary: "Delete an entitlement; nobody holds it any more",
    words: ["APP", "VALUE"],
    notes: [byName],
    async run({ words: [named, value], work }) {
      const { deleteEntitlementOf } = await import("./entitlements.ts");
      await work(async (one) => await deleteEntitlementOf(one, named, value));
      return { json: {}, text: "It is deleted." };
    },
  }),
];
