import { appScopes, grantTypes } from "#contract/apps.ts";
import type { Reply } from "#console/api/call.ts";
import type { AppKind } from "./app-form.ts";

type App = Reply<"getApp">;

/** What the form of an app's settings holds while it is filled in: lifetimes as people count them, keys as text. */
export interface SettingValues extends Record<string, unknown> {
  grants: Record<string, boolean>;
  requireFactor: boolean;
  allScopes: "all" | "chosen";
  scopes: Record<string, boolean>;
  groupsClaim: App["groupsClaim"];
  accessTokenSeconds: string;
  idTokenSeconds: string;
  refreshIdleSeconds: string;
  refreshAbsoluteSeconds: string;
  idTokenAlg: App["idTokenAlg"];
  proof: App["proof"];
  jwks: string;
  jwksUri: string;
  requirePar: boolean;
  requireJar: boolean;
  requireDpop: boolean;
}

/** The units in which lifetimes are typed, in seconds. */
export const units = {
  accessTokenSeconds: 60,
  idTokenSeconds: 60,
  refreshIdleSeconds: 86_400,
  refreshAbsoluteSeconds: 86_400,
} as const;

export type Lifetime = keyof typeof units;

/** The lifetimes of an app that sets none, in the same units. */
export const usual: Record<Lifetime, number> = {
  accessTokenSeconds: 15,
  idTokenSeconds: 60,
  refreshIdleSeconds: 14,
  refreshAbsoluteSeconds: 90,
};

/** The grants that an app of a kind can have. */
export function grantsOf(kind: AppKind): readonly string[] {
  if (kind === "machine") return ["client_credentials"];
  return grantTypes.filter((grant) => kind === "web" || grant !== "client_credentials");
}

export function settingValues(app: App): SettingValues {
  const typed = (name: Lifetime) => {
    const seconds = app[name];
    return seconds === null ? "" : String(Math.round((seconds / units[name]) * 1000) / 1000);
  };
  return {
    grants: Object.fromEntries(grantsOf(app.kind).map((grant) => [grant, app.grantTypes.includes(grant)])),
    requireFactor: app.requireFactor,
    allScopes: app.scopes === null ? "all" : "chosen",
    scopes: Object.fromEntries(appScopes.map((scope) => [scope, app.scopes?.includes(scope) ?? true])),
    groupsClaim: app.groupsClaim,
    accessTokenSeconds: typed("accessTokenSeconds"),
    idTokenSeconds: typed("idTokenSeconds"),
    refreshIdleSeconds: typed("refreshIdleSeconds"),
    refreshAbsoluteSeconds: typed("refreshAbsoluteSeconds"),
    idTokenAlg: app.idTokenAlg,
    proof: app.proof,
    jwks: app.jwks === null ? "" : JSON.stringify(app.jwks, null, 2),
    jwksUri: app.jwksUri ?? "",
    requirePar: app.requirePar,
    requireJar: app.requireJar,
    requireDpop: app.requireDpop,
  };
}

/** The body that changes the settings. Keys that are no JSON are sent as they are, for the server to say so. */
export function settingBody(values: SettingValues) {
  const ticked = (list: Record<string, boolean>) => Object.keys(list).filter((name) => list[name] === true);
  const seconds = (name: Lifetime) => {
    const text = values[name].trim().replace(",", ".");
    return text === "" ? null : Math.round(Number(text) * units[name]);
  };
  return {
    grantTypes: ticked(values.grants),
    requireFactor: values.requireFactor,
    scopes: values.allScopes === "all" ? null : ticked(values.scopes),
    groupsClaim: values.groupsClaim,
    accessTokenSeconds: seconds("accessTokenSeconds"),
    idTokenSeconds: seconds("idTokenSeconds"),
    refreshIdleSeconds: seconds("refreshIdleSeconds"),
    refreshAbsoluteSeconds: seconds("refreshAbsoluteSeconds"),
    idTokenAlg: values.idTokenAlg,
    proof: values.proof,
    jwks: values.jwks.trim() === "" ? null : readKeys(values.jwks),
    jwksUri: values.jwksUri.trim() === "" ? null : values.jwksUri.trim(),
    requirePar: values.requirePar,
    requireJar: values.requireJar,
    requireDpop: values.requireDpop,
  };
}

/** A set of keys; one key alone is taken for a set of one. What cannot be read has no key that could be right. */
function readKeys(text: string): { keys: Record<string, unknown>[] } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      const keys = "keys" in value ? value.keys : [value];
      if (Array.isArray(keys) && keys.length > 0) return { keys: keys as Record<string, unknown>[] };
    }
  } catch {
    return { keys: [{}] };
  }
  return { keys: [{}] };
}
