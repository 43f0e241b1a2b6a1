import { readFileSync } from "node:fs";
import { z } from "zod";
import type { AppSettings } from "#server/apps/app-settings.ts";
import { appSettings } from "#server/contract/apps.ts";
import { UsageError } from "../command.ts";
import type { Flag } from "../command.ts";

const yesNo = (summary: string, field: string) => ({ kind: "text", choices: ["yes", "no"], summary, field }) as const;
const seconds = (summary: string, field: string) => ({ kind: "text", value: "SECONDS", summary, field }) as const;

/** Flags that creating and changing an app share; `usual` is what every app has. */
export const settingFlags = {
  scope: { kind: "list", value: "SCOPE", field: "scopes", summary: "scopes that it may ask for; all unless given" },
  groups: {
    kind: "text",
    choices: ["all", "assigned"],
    field: "groupsClaim",
    summary: "the groups that it is told: all of a user, or those that it is assigned to",
  },
  accessToken: seconds("how long an access token lasts, or `usual`", "accessTokenSeconds"),
  idToken: seconds("how long an ID token lasts, or `usual`", "idTokenSeconds"),
  refreshIdle: seconds("how long a refresh token may lie unused, or `usual`", "refreshIdleSeconds"),
  refresh: seconds("how long refresh tokens last in any case, or `usual`", "refreshAbsoluteSeconds"),
  idTokenAlg: { kind: "text", choices: ["RS256", "ES256"], summary: "how ID tokens are signed" },
  proof: {
    kind: "text",
    choices: ["secret", "key"],
    summary: "how it proves who it is: by its secret, or by a key of its own (private_key_jwt)",
  },
  jwks: {
    kind: "text",
    value: "FILE",
    summary: "a file with its public keys as a JSON Web Key Set; empty removes them",
  },
  jwksUri: { kind: "text", value: "ADDRESS", summary: "where it publishes its public keys; empty removes it" },
  requirePar: yesNo("whether requests must be pushed (PAR)", "requirePar"),
  requireJar: yesNo("whether requests must be signed (JAR)", "requireJar"),
  requireDpop: yesNo("whether its tokens are bound to a key (DPoP)", "requireDpop"),
} as const satisfies Record<string, Flag>;

export type SettingFlags = Record<Exclude<keyof typeof settingFlags, "scope">, string | undefined> & {
  scope: string[] | undefined;
};

/** The settings that flags give; what has no flag is left out. @throws UsageError */
export function readSettingFlags(flags: SettingFlags): Partial<AppSettings> {
  const given = {
    scopes: flags.scope,
    groupsClaim: flags.groups,
    accessTokenSeconds: readSeconds(flags.accessToken, "--access-token"),
    idTokenSeconds: readSeconds(flags.idToken, "--id-token"),
    refreshIdleSeconds: readSeconds(flags.refreshIdle, "--refresh-idle"),
    refreshAbsoluteSeconds: readSeconds(flags.refresh, "--refresh"),
    idTokenAlg: flags.idTokenAlg,
    proof: flags.proof,
    jwks: flags.jwks === undefined ? undefined : readKeys(flags.jwks),
    jwksUri: flags.jwksUri === "" ? null : flags.jwksUri,
    requirePar: readYes(flags.requirePar),
    requireJar: readYes(flags.requireJar),
    requireDpop: readYes(flags.requireDpop),
  };
  const checked = appSettings.partial().safeParse(given);
  if (!checked.success) throw new UsageError(z.prettifyError(checked.error));
  return Object.fromEntries(Object.entries(checked.data).filter(([, value]) => value !== undefined));
}

function readYes(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === "yes";
}

function readSeconds(text: string | undefined, flag: string): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "usual") return null;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`\`${flag}\` is a number of seconds, or \`usual\`.`);
  return Number(text);
}

function readKeys(file: string): unknown {
  if (file === "") return null;
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new UsageError(`${file} cannot be read as JSON.`, { cause });
  }
}

/** Grants as they are typed: the long name of the device flow has a short one. */
export function readGrants(given: readonly string[]): string[] {
  return given.map((grant) => (grant === "device_code" ? "urn:ietf:params:oauth:grant-type:device_code" : grant));
}
