import { importJWK } from "jose";
import type { JWK } from "jose";
import type { z } from "zod";
import { appScopes, grantTypes } from "../contract/apps.ts";
import type { appSettings } from "../contract/apps.ts";
import { failure } from "../contract/failure.ts";
import { checkOwnAddress } from "./check-app.ts";

/** What can be set of an app beside its name and addresses, in the words of the contract. */
export type AppSettings = z.infer<typeof appSettings>;

export type AppKind = "web" | "public" | "machine";

/** What sort of app it is. */
export function kindOf(app: { isMachine: boolean; isPublic: boolean }): AppKind {
  if (app.isMachine) return "machine";
  return app.isPublic ? "public" : "web";
}

/** What an app has that was told nothing. Null: as the house does it for every app. */
export function usualSettings(kind: AppKind): AppSettings {
  return {
    isThirdParty: false,
    requireFactor: false,
    scimMe: false,
    access: "everyone",
    grantTypes: kind === "machine" ? ["client_credentials"] : ["authorization_code", "refresh_token"],
    scopes: null,
    groupsClaim: "all",
    accessTokenSeconds: null,
    idTokenSeconds: null,
    refreshIdleSeconds: null,
    refreshAbsoluteSeconds: null,
    idTokenAlg: "RS256",
    proof: "secret",
    jwks: null,
    jwksUri: null,
    requirePar: false,
    requireJar: false,
    requireDpop: false,
  };
}

/** The settings of an app, without the rest of it. */
export function settingsOf(app: AppSettings): AppSettings {
  return {
    isThirdParty: app.isThirdParty,
    requireFactor: app.requireFactor,
    scimMe: app.scimMe,
    access: app.access,
    grantTypes: app.grantTypes,
    scopes: app.scopes,
    groupsClaim: app.groupsClaim,
    accessTokenSeconds: app.accessTokenSeconds,
    idTokenSeconds: app.idTokenSeconds,
    refreshIdleSeconds: app.refreshIdleSeconds,
    refreshAbsoluteSeconds: app.refreshAbsoluteSeconds,
    idTokenAlg: app.idTokenAlg,
    proof: app.proof,
    jwks: app.jwks,
    jwksUri: app.jwksUri,
    requirePar: app.requirePar,
    requireJar: app.requireJar,
    requireDpop: app.requireDpop,
  };
}

/**
 * Checks settings that go together.
 *
 * @throws app.grantInvalid       a grant is not offered, or not to this kind of app
 * @throws app.scopeInvalid       a scope is not one that apps may be given
 * @throws app.lifetimesInvalid   a refresh token would end for lack of use after its end
 * @throws app.keysInvalid        keys are no public keys, or there are none where they are needed
 * @throws app.addressInvalid     where keys are published is no address
 */
export async function checkSettings(kind: AppKind, wanted: AppSettings): Promise<AppSettings> {
  const settings = {
    ...wanted,
    grantTypes: checkGrants(kind, wanted.grantTypes),
    scopes: wanted.scopes === null ? null : checkScopes(wanted.scopes),
  };
  const { refreshIdleSeconds: idle, refreshAbsoluteSeconds: absolute } = settings;
  if (idle !== null && absolute !== null && idle > absolute) {
    throw failure("app.lifetimesInvalid", { field: "refreshIdleSeconds" });
  }
  await checkKeys(kind, settings);
  return settings;
}

function checkGrants(kind: AppKind, wanted: readonly string[]): string[] {
  const unknown = wanted.find((grant) => !grantTypes.some((known) => known === grant));
  if (unknown !== undefined) {
    throw failure("app.grantInvalid", {
      field: "grantTypes",
      says: `${unknown} is not offered; ${grantTypes.join(", ")} are.`,
    });
  }
  if (kind === "public" && wanted.includes("client_credentials")) {
    throw failure("app.grantInvalid", {
      field: "grantTypes",
      says: "A public app keeps no secret, so it cannot use client_credentials.",
    });
  }
  if (kind === "machine" && wanted.some((grant) => grant !== "client_credentials")) {
    throw failure("app.grantInvalid", {
      field: "grantTypes",
      says: "A machine signs nobody in, so it uses client_credentials alone.",
    });
  }
  if (wanted.length === 0) throw failure("app.grantInvalid", { field: "grantTypes", says: "Give at least one grant." });
  return [...new Set(wanted)];
}

/** Without `openid` there is no sign-in (OpenID Connect Core §3.1.2.1), so it is always among them. */
function checkScopes(wanted: readonly string[]): string[] {
  const unknown = wanted.find((scope) => !appScopes.some((known) => known === scope));
  if (unknown !== undefined) {
    throw failure("app.scopeInvalid", { field: "scopes", says: `${unknown} is none of ${appScopes.join(", ")}.` });
  }
  return appScopes.filter((scope) => scope === "openid" || wanted.includes(scope));
}

async function checkKeys(kind: AppKind, { proof, requireJar, jwks, jwksUri }: AppSettings): Promise<void> {
  if (jwksUri !== null) checkOwnAddress(jwksUri, "jwksUri");
  if (jwks !== null && jwksUri !== null) {
    throw failure("app.keysInvalid", { field: "jwks", says: "Give the keys or the address of the keys, not both." });
  }
  if (jwks !== null) for (const key of jwks.keys) await checkKey(key);
  if (jwks !== null && new Set(jwks.keys.map((key) => key["kid"])).size < jwks.keys.length) {
    throw failure("app.keysInvalid", { field: "jwks", says: "Keys need names of their own (kid)." });
  }
  if (proof === "key" && kind === "public") {
    throw failure("app.keysInvalid", { field: "proof", says: "A public app keeps no key." });
  }
  if ((proof === "key" || requireJar) && jwks === null && jwksUri === null) {
    throw failure("app.keysInvalid", { field: "jwks", says: "Give the public keys of the app, or their address." });
  }
}

/** A key that can be read, whose private half stays at home (RFC 7517 §9.2). */
async function checkKey(key: Record<string, unknown>): Promise<void> {
  const isPrivate = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"].some((part) => part in key);
  const says = isPrivate ? "This is a private key. Give its public half." : undefined;
  if (isPrivate || !["RSA", "EC", "OKP"].includes(String(key["kty"]))) {
    throw failure("app.keysInvalid", { field: "jwks", ...(says !== undefined && { says }) });
  }
  try {
    await importJWK(key as JWK, typeof key["alg"] === "string" ? key["alg"] : usualAlg(key));
  } catch (cause) {
    throw failure("app.keysInvalid", { field: "jwks", cause });
  }
}

/** The algorithm that a key is for which does not say so. */
function usualAlg(key: Record<string, unknown>): string {
  if (key["kty"] === "RSA") return "RS256";
  if (key["kty"] === "OKP") return "EdDSA";
  return { "P-384": "ES384", "P-521": "ES512" }[String(key["crv"])] ?? "ES256";
}
