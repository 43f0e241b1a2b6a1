import { factorKinds } from "#server/contract/users.ts";
import type { Status } from "#server/contract/users.ts";
import { command } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { table } from "../print/table.ts";
import { describeUser } from "./describe.ts";

const byName = "USER is a username or an id.";

/** What creating and changing share. */
const fields = {
  displayName: { kind: "text", value: "NAME", summary: "what others see" },
  givenName: { kind: "text", value: "NAME", summary: "first name" },
  familyName: { kind: "text", value: "NAME", summary: "last name" },
  role: { kind: "text", value: "ROLE", field: "roleId", summary: "admin, regular, or another by name or id" },
  locale: { kind: "text", value: "TAG", summary: "language, such as en or ja" },
  timeZone: { kind: "text", value: "ZONE", summary: "such as Asia/Tokyo" },
  attribute: { kind: "list", value: "NAME=VALUE", summary: "attributes of the organization; again for several values" },
} as const satisfies Record<string, Flag>;

export const userCommands: readonly Command[] = [
  command({
    name: "user create",
    summary: "Create a user",
    flags: {
      username: { kind: "text", value: "NAME", required: true, summary: "what they sign in with" },
      email: { kind: "text", value: "ADDRESS", summary: "where mail for them goes" },
      ...fields,
      passwordStdin: { kind: "switch", field: "password", summary: "read a password from standard input" },
      temporary: { kind: "switch", summary: "the password must be changed at the next sign-in" },
      hashed: { kind: "switch", summary: "what is read is the hash of another system, not a password" },
      invite: { kind: "switch", summary: "send the activation mail" },
    },
    notes: [
      "Without a password the account is pending; no mail goes out unless `--invite` is given, now or by `user invite`.",
      "Known hashes: bcrypt, scrypt, PBKDF2 and argon2 in their usual text formats. They are made anew at the first sign-in.",
      "The display name is the username unless given.",
    ],
    async run({ flags, house, work, readInput }) {
      const { createUserFor } = await import("./create.ts");
      const json = await createUserFor({ house: await house(), work }, flags, readInput);
      return { json, text: describeUser(json) };
    },
  }),

  command({
    name: "user list",
    summary: "List users, newest first",
    flags: {
      search: { kind: "text", value: "TEXT", summary: "part of a username, name or email, or an id" },
      status: {
        kind: "list",
        choices: ["pending", "active", "blocked", "disabled"] satisfies Status[],
        summary: "only these",
      },
      limit: { kind: "text", value: "COUNT", summary: "how many; 50 unless given" },
    },
    async run({ flags, work }) {
      const { listUsers } = await import("./list.ts");
      const found = await work(async (one) => await listUsers(one, flags));
      const rows = found.items.map((one) => [
        one.username,
        one.displayName,
        one.email ?? "",
        one.status,
        one.role.name,
        one.id,
      ]);
      const rest = found.total - found.items.length;
      const more =
        rest > 0 ? `\n\n${found.totalIsMore ? "More than " : ""}${rest} more; see --limit and --search.` : "";
      const list = table(rows, ["USERNAME", "NAME", "EMAIL", "STATUS", "ROLE", "ID"]);
      return { json: found, text: rows.length === 0 ? "No user matches." : list + more };
    },
  }),

  command({
    name: "user show",
    summary: "Show everything about a user",
    words: ["USER"],
    notes: [byName],
    async run({ words: [named], work }) {
      const { showUser } = await import("./show.ts");
      const json = await work(async (one) => await showUser(one, named));
      return { json, text: describeUser(json) };
    },
  }),

  command({
    name: "user set",
    summary: "Change a user; what is not given stays",
    words: ["USER"],
    flags: {
      username: { kind: "text", value: "NAME", summary: "what they sign in with" },
      email: { kind: "text", value: "ADDRESS", summary: "where mail for them goes" },
      ...fields,
      passwordStdin: { kind: "switch", field: "password", summary: "read a password from standard input" },
      temporary: { kind: "switch", summary: "the password must be changed at the next sign-in" },
      passwordExpires: { kind: "text", value: "TIME|never", summary: "when the password stops working" },
      deviceLimit: { kind: "text", value: "N|default", summary: "how many devices; 0 is no limit" },
      factor: { kind: "text", value: "require|allow|forbid|default", summary: "a second factor for this user" },
      protection: { kind: "text", value: "on|off|default", summary: "confirm sign-ins from unknown places by email" },
      defaultFactor: {
        kind: "text",
        choices: [...factorKinds, "default"],
        summary: "which second factor is asked for first; default is the strongest",
      },
    },
    notes: [
      byName,
      "Lowering the limit of devices signs nobody out: no further device is admitted until there are fewer.",
      "TIME is like 2030-01-31 or 2030-01-31T17:00:00+09:00. When it comes, the user gets a mail to set another password.",
      "An empty value (`--locale=`) clears. Another username or display name, and a password, sign the user out everywhere.",
    ],
    async run({ flags, words: [named], house, work, readInput }) {
      const { changeUserFor } = await import("./set.ts");
      const json = await changeUserFor({ house: await house(), work }, named, flags, readInput);
      return { json, text: describeUser(json) };
    },
  }),

  status("disable", "Sign a user out everywhere and refuse sign-in until enabled", "is disabled"),
  status("enable", "Let a disabled user sign in again", "is enabled"),
  status("block", "Keep a user out of all apps; the own account pages stay", "is blocked"),
  status("unblock", "Let a blocked user use apps again", "is unblocked"),

  command({
    name: "user sessions",
    summary: "List where a user is signed in",
    words: ["USER"],
    notes: [byName],
    async run({ words: [named], house, work }) {
      const { sessionsOf } = await import("./sessions.ts");
      const json = await sessionsOf({ house: await house(), work }, named);
      const rows = json.items.map((one) => [
        one.browser ?? "",
        one.address ?? "",
        placeOf(one.place),
        one.apps.map((app) => app.name).join(", "),
        one.startedAt,
        one.lastActiveAt,
        one.id,
      ]);
      const heads = ["BROWSER", "ADDRESS", "PLACE", "APPS", "STARTED", "LAST ACTIVE", "ID"];
      return { json, text: rows.length === 0 ? "There is no session." : table(rows, heads) };
    },
  }),

  command({
    name: "user end-sessions",
    summary: "Sign a user out everywhere, or end one session",
    words: ["USER", "SESSION?"],
    notes: [byName, "SESSION is an id from `user sessions`. Its codes and tokens end with it, at once."],
    async run({ words: [named, session], work }) {
      const { endSessionsOf } = await import("./sessions.ts");
      const ended = await work(async (one) => await endSessionsOf(one, named, session));
      return { json: { ended }, text: ended === 1 ? "One session ended." : `${ended} sessions ended.` };
    },
  }),

  command({
    name: "user devices",
    summary: "List the registered devices of a user",
    words: ["USER"],
    notes: [byName],
    async run({ words: [named], house, work }) {
      const { devicesOf } = await import("./sessions.ts");
      const json = await devicesOf({ house: await house(), work }, named);
      const rows = json.items.map((one) => [
        one.name,
        one.address ?? "",
        placeOf(one.place),
        String(one.sessionCount),
        one.firstSeenAt,
        one.lastSeenAt,
        one.id,
      ]);
      const heads = ["DEVICE", "ADDRESS", "PLACE", "SESSIONS", "REGISTERED", "LAST SEEN", "ID"];
      return { json, text: rows.length === 0 ? "There is no device." : table(rows, heads) };
    },
  }),

  command({
    name: "user remove-device",
    summary: "Remove a device of a user; its sessions and tokens end at once",
    words: ["USER", "DEVICE"],
    notes: [byName, "DEVICE is an id from `user devices`."],
    async run({ words: [named, device], work }) {
      const { removeDeviceOf } = await import("./sessions.ts");
      await work(async (one) => await removeDeviceOf(one, named, device));
      return { json: { id: device }, text: "The device is removed." };
    },
  }),

  command({
    name: "user reset-factors",
    summary: "Take all second factors from a user who has lost them",
    words: ["USER"],
    notes: [byName, "Where a factor is required, the user enrolls another at the next sign-in."],
    async run({ words: [named], work }) {
      const { resetFactorsOf } = await import("./reset-factors.ts");
      const json = await work(async (one) => await resetFactorsOf(one, named));
      return { json, text: `${json.username} has no second factor any more.` };
    },
  }),

  command({
    name: "user remove-identity",
    summary: "Take password, factors, devices and sessions from a user, who is pending again as if new",
    words: ["USER"],
    notes: [byName, "Name, groups and apps stay. `user invite` sends the mail to begin anew."],
    async run({ words: [named], work }) {
      const { removeIdentityOf } = await import("./remove-identity.ts");
      const json = await work(async (one) => await removeIdentityOf(one, named));
      return { json, text: `${json.username} has nothing to sign in with any more; the status is ${json.status}.` };
    },
  }),

  command({
    name: "user delete",
    summary: "Delete a user and erase the personal data",
    words: ["USER"],
    notes: [byName, "This cannot be undone. The log keeps the name."],
    async run({ words: [named], work }) {
      const { removeUser } = await import("./delete.ts");
      const json = await work(async (one) => await removeUser(one, named));
      return { json, text: `${json.username} is deleted.` };
    },
  }),

  command({
    name: "user invite",
    summary: "Send the activation mail; an older link stops working",
    words: ["USER"],
    notes: [byName],
    async run({ words: [named], work }) {
      const { inviteNamed } = await import("./invite.ts");
      const json = await work(async (one) => await inviteNamed(one, named));
      return { json, text: `The activation mail for ${json.username} is on its way to ${json.email ?? "nobody"}.` };
    },
  }),
];

/** A place in English words, for a terminal. */
function placeOf(place: { country: string; city: { en?: string | undefined } } | null): string {
  return [place?.city.en, place?.country].filter((part) => part !== undefined).join(", ");
}

function status(change: "enable" | "disable" | "block" | "unblock", summary: string, says: string): Command {
  return command({
    name: `user ${change}`,
    summary,
    words: ["USER"],
    notes: [byName],
    async run({ words: [named], work }) {
      const { changeStatusOf } = await import("./status.ts");
      const json = await work(async (one) => await changeStatusOf(one, named, change));
      return { json, text: `${json.username} ${says}; the status is ${json.status}.` };
    },
  });
}
