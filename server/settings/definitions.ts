import { z } from "zod";
import { isRangeList } from "../kernel/outgoing.ts";

/** One setting of the organization. `summary` says what it does; the console and the command line show it. */
export interface Definition<Value extends boolean | number | string = boolean | number | string> {
  group:
    | "organization"
    | "passwords"
    | "profile"
    | "usernames"
    | "onboarding"
    | "links"
    | "devices"
    | "factors"
    | "protection"
    | "sessions"
    | "apps"
    | "directories"
    | "logs";
  summary: string;
  default: Value;
  schema: z.ZodType<Value>;
}

const count = (from: number, to: number) => z.coerce.number().int().min(from).max(to);
const flag = z.union([
  z.boolean(),
  z.enum(["true", "false"]).transform((text) => text === "true"),
]) as z.ZodType<boolean>;

/** The longest that settings let a session live. */
export const mostSessionDays = 90;

export const definitions = {
  "organization.name": {
    group: "organization",
    summary: "The name that pages and mails show.",
    default: "Gatehouse",
    schema: z.string().trim().min(1).max(100),
  },
  "organization.locale": {
    group: "organization",
    summary: "Language of pages and mails for people who chose none: en or ja.",
    default: "en",
    schema: z.enum(["en", "ja"]),
  },
  "organization.timeZone": {
    group: "organization",
    summary: "Time zone of people who chose none.",
    default: "UTC",
    schema: z.string().refine((name) => isTimeZone(name)),
  },
  "users.seatLimit": {
    group: "organization",
    summary: "Most accounts that may exist; 0 is no limit.",
    default: 0,
    schema: count(0, 100_000_000),
  },
  "usernames.minLength": {
    group: "usernames",
    summary: "Fewest characters of a username.",
    default: 1,
    schema: count(1, 64),
  },
  "usernames.maxLength": {
    group: "usernames",
    summary: "Most characters of a username.",
    default: 128,
    schema: count(8, 200),
  },
  "displayNames.maxLength": {
    group: "usernames",
    summary: "Most characters of a display name.",
    default: 256,
    schema: count(16, 500),
  },
  "usernames.coolDownDays": {
    group: "usernames",
    summary: "Days between two changes of the username by its owner; 0 is none.",
    default: 30,
    schema: count(0, 3650),
  },
  "profile.username": {
    group: "profile",
    summary: "Let people change their own username, unless a directory provides it.",
    default: false,
    schema: flag,
  },
  "profile.name": {
    group: "profile",
    summary: "Let people change their own display, first and last name, unless a directory provides them.",
    default: true,
    schema: flag,
  },
  "profile.phone": {
    group: "profile",
    summary: "Let people change their own phone number, unless a directory provides it.",
    default: true,
    schema: flag,
  },
  "passwords.minLength": {
    group: "passwords",
    summary: "Fewest characters of a password; 8 to 64.",
    default: 8,
    schema: count(8, 64),
  },
  "passwords.requireLower": {
    group: "passwords",
    summary: "Require a lower case letter. NIST SP 800-63B-4 and ASVS 6.2.5 advise against such rules.",
    default: false,
    schema: flag,
  },
  "passwords.requireUpper": {
    group: "passwords",
    summary: "Require an upper case letter. NIST SP 800-63B-4 and ASVS 6.2.5 advise against such rules.",
    default: false,
    schema: flag,
  },
  "passwords.requireDigit": {
    group: "passwords",
    summary: "Require a digit. NIST SP 800-63B-4 and ASVS 6.2.5 advise against such rules.",
    default: false,
    schema: flag,
  },
  "passwords.requireSymbol": {
    group: "passwords",
    summary: "Require a symbol. NIST SP 800-63B-4 and ASVS 6.2.5 advise against such rules.",
    default: false,
    schema: flag,
  },
  "passwords.history": {
    group: "passwords",
    summary: "How many earlier passwords may not be used again; 0 to 24.",
    default: 3,
    schema: count(0, 24),
  },
  "passwords.maxAgeDays": {
    group: "passwords",
    summary: "Days after which a password must be changed; 0 is never, as NIST SP 800-63B-4 and ASVS 6.2.10 advise.",
    default: 0,
    schema: count(0, 3650),
  },
  "passwords.temporaryHours": {
    group: "passwords",
    summary: "Hours that a temporary password works; 0 is without end. ASVS 6.4.1 wants an end.",
    default: 168,
    schema: count(0, 8760),
  },
  "onboarding.mailOnCreate": {
    group: "onboarding",
    summary: "Send the activation mail when an administrator creates an account without a password.",
    default: true,
    schema: flag,
  },
  "onboarding.mailOnImport": {
    group: "onboarding",
    summary: "Send the activation mail when an import creates an active account without a password.",
    default: true,
    schema: flag,
  },
  "onboarding.mailOnScim": {
    group: "onboarding",
    summary: "Send the activation mail when a directory creates an active account.",
    default: true,
    schema: flag,
  },
  "onboarding.remindDays": {
    group: "onboarding",
    summary: "Days after which people who have not used their activation mail get another; 0 is never.",
    default: 0,
    schema: count(0, 90),
  },
  "onboarding.remindTimes": {
    group: "onboarding",
    summary: "How often people are reminded at most.",
    default: 2,
    schema: count(1, 10),
  },
  "onboarding.copyLinks": {
    group: "onboarding",
    summary:
      "Let administrators copy activation links. Whoever has such a link can make the account theirs until its owner has activated it.",
    default: false,
    schema: flag,
  },
  "links.activationHours": {
    group: "links",
    summary: "Hours that an activation link works.",
    default: 168,
    schema: count(1, 2160),
  },
  "links.resetMinutes": {
    group: "links",
    summary: "Minutes that a password reset link works.",
    default: 30,
    schema: count(5, 1440),
  },
  "devices.limit": {
    group: "devices",
    summary: "Devices that an account may be used on, unless it has a limit of its own; 0 is no limit.",
    default: 0,
    schema: count(0, 1000),
  },
  "devices.selfRemoval": {
    group: "devices",
    summary: "Let people who reach the limit remove one of their devices to sign in on another.",
    default: true,
    schema: flag,
  },
  "factors.policy": {
    group: "factors",
    summary: "Second factors: off, optional (who has one is asked for it), or required at every sign-in.",
    default: "optional",
    schema: z.enum(["off", "optional", "required"]),
  },
  "keys.rotationDays": {
    group: "apps",
    summary: "Days after which new keys take over the signing of tokens; 0 is never.",
    default: 90,
    schema: z.union([z.literal(0), count(2, 3650)]),
  },
  "apps.privateNetworks": {
    group: "apps",
    summary: "Private networks on which apps may be told of sign-outs and asked for their keys, such as 10.0.0.0/8.",
    default: "",
    schema: z.string().trim().max(1000).refine(isRangeList),
  },
  "factors.trustDays": {
    group: "factors",
    summary:
      "Days for which people may have a browser trusted, so that no second factor is asked for there; 0 is never.",
    default: 0,
    schema: count(0, 365),
  },
  "protection.default": {
    group: "protection",
    summary:
      "Let a sign-in from an unknown device, network or place wait for a link sent by email, unless the account has a switch of its own.",
    default: false,
    schema: flag,
  },
  "protection.rememberDays": {
    group: "protection",
    summary: "Days for which a device, network or place stays known after it was last used to sign in.",
    default: 180,
    schema: count(1, 730),
  },
  "protection.mailOnNew": {
    group: "protection",
    summary: "Send people a mail when somebody signs in to their account from a new device, network or place.",
    default: true,
    schema: flag,
  },
  "scim.publicDiscovery": {
    group: "directories",
    summary: "Show what the SCIM service can do to clients without a token, as RFC 7643 section 5 recommends.",
    default: true,
    schema: flag,
  },
  "factors.passkeyAlone": {
    group: "factors",
    summary: "Let people sign in with a passkey alone, without a password; it counts as two factors.",
    default: true,
    schema: flag,
  },
  "factors.email": {
    group: "factors",
    summary:
      "Offer codes by email as a second factor. NIST SP 800-63B-4 advises against it: the password can be reset there.",
    default: false,
    schema: flag,
  },
  "sessions.idleMinutes": {
    group: "sessions",
    summary: "Minutes without use after which a session is over.",
    default: 24 * 60,
    schema: count(5, mostSessionDays * 24 * 60),
  },
  "sessions.absoluteHours": {
    group: "sessions",
    summary: "Hours after which a session is over, however much it is used.",
    default: 14 * 24,
    schema: count(1, mostSessionDays * 24),
  },
  "imports.keepDays": {
    group: "logs",
    summary: "Days that imports of files are kept with their rows, and can be taken back.",
    default: 30,
    schema: count(1, 365),
  },
  "exports.keepDays": {
    group: "logs",
    summary: "Days that an exported file can be downloaded.",
    default: 7,
    schema: count(1, 90),
  },
  "logs.eventDays": {
    group: "logs",
    summary: "Days that events are kept; they go by whole months. 0 is for ever.",
    default: 0,
    schema: z.union([z.literal(0), count(30, 36_500)]),
  },
  "logs.mailDays": {
    group: "logs",
    summary: "Days that mails are kept in the outbox; 0 is for ever.",
    default: 365,
    schema: count(0, 36_500),
  },
  "logs.requestDays": {
    group: "logs",
    summary: "Days that the requests of directories are kept.",
    default: 14,
    schema: count(1, 365),
  },
} as const satisfies Record<string, Definition>;

export type SettingKey = keyof typeof definitions;
type Widen<Value> = Value extends boolean ? boolean : Value extends number ? number : string;
export type Settings = { [Key in SettingKey]: Widen<(typeof definitions)[Key]["default"]> };

/** Says whether a text names a setting. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(definitions, key);
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    // RangeError is how Intl says that it does not know the zone.
    return false;
  }
}
