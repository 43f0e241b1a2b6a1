import { randomBytes } from "node:crypto";
import { record } from "../audit/record.ts";
import { grantTypes } from "../contract/apps.ts";
import { failure } from "../contract/failure.ts";
import type { AppModel } from "../db/models/app.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { AppId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { allow } from "../permissions/rules.ts";
import { checkOwnAddress, checkRedirectUri } from "./check-app.ts";
import { appRules } from "./policy.ts";

export interface NewApp {
  name: string;
  /** web: keeps a secret; public: browser or phone, no secret; machine: no person, client credentials. */
  kind: "web" | "public" | "machine";
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  backchannelLogoutUri?: string | null;
  isThirdParty?: boolean;
  requireFactor?: boolean;
  /** Whether it may ask for `scim.me`, to read the SCIM resource of whoever signs in. */
  scimMe?: boolean;
  /** Who may use it; default everyone. */
  access?: "everyone" | "chosen";
  /** Left out: what the kind needs. */
  grantTypes?: string[];
}

/** The row and the secret, which is in this answer and nowhere else. */
export interface CreatedApp {
  app: AppModel;
  clientSecret: string | null;
}

/**
 * Creates an app. Its secret is kept as a digest only.
 *
 * @throws app.nameMissing app.nameTaken app.redirectUriMissing app.redirectUriInvalid app.grantInvalid access.denied
 */
export async function createApp(work: Work, wanted: NewApp): Promise<CreatedApp> {
  allow(appRules, work.actor, "app.create", null);
  const name = checkAppName(wanted.name);
  const grants = checkGrants(wanted);
  const addresses = checkAddresses(wanted, wanted.kind !== "machine");
  const clientSecret = wanted.kind === "public" ? null : newSecret("ghs");
  try {
    const app = await work.tx.models.App.create(
      {
        id: newId<AppId>(work.now),
        clientId: randomBytes(15).toString("base64url"),
        name,
        secretHash: clientSecret === null ? null : hashSecret(clientSecret),
        isPublic: wanted.kind === "public",
        isMachine: wanted.kind === "machine",
        isThirdParty: wanted.isThirdParty ?? false,
        requireFactor: wanted.requireFactor ?? false,
        scimMe: wanted.scimMe ?? false,
        access: wanted.access ?? "everyone",
        ...addresses,
        grantTypes: grants,
        createdAt: work.now,
        updatedAt: work.now,
      },
      { transaction: work.tx.transaction },
    );
    record(work, {
      type: "app.created",
      subject: { kind: "app", id: app.id, name },
      details: {
        clientId: app.clientId,
        kind: wanted.kind,
        ...addresses,
        grantTypes: grants,
        scimMe: app.scimMe,
        access: app.access,
      },
    });
    return { app, clientSecret };
  } catch (error) {
    throw brokenUniqueIndex(error) === "apps_name_key"
      ? failure("app.nameTaken", { field: "name", cause: error })
      : error;
  }
}

/** @throws app.nameMissing */
export function checkAppName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "") throw failure("app.nameMissing", { field: "name" });
  return trimmed;
}

/** The addresses of an app, each checked. @throws app.redirectUriMissing app.redirectUriInvalid app.addressInvalid */
export function checkAddresses(
  wanted: Pick<NewApp, "redirectUris" | "postLogoutRedirectUris" | "backchannelLogoutUri">,
  needsRedirect: boolean,
) {
  const redirectUris = [...new Set(wanted.redirectUris ?? [])];
  const postLogoutRedirectUris = [...new Set(wanted.postLogoutRedirectUris ?? [])];
  if (needsRedirect && redirectUris.length === 0) throw failure("app.redirectUriMissing", { field: "redirectUris" });
  for (const uri of redirectUris) checkRedirectUri(uri, "redirectUris");
  for (const uri of postLogoutRedirectUris) checkRedirectUri(uri, "postLogoutRedirectUris");
  if (wanted.backchannelLogoutUri != null) checkOwnAddress(wanted.backchannelLogoutUri, "backchannelLogoutUri");
  return { redirectUris, postLogoutRedirectUris, backchannelLogoutUri: wanted.backchannelLogoutUri ?? null };
}

function checkGrants(wanted: NewApp): string[] {
  const usual = wanted.kind === "machine" ? ["client_credentials"] : ["authorization_code", "refresh_token"];
  const grants = wanted.grantTypes ?? usual;
  for (const grant of grants) {
    if (!grantTypes.some((known) => known === grant)) {
      throw failure("app.grantInvalid", {
        field: "grantTypes",
        says: `${grant} is not offered; ${grantTypes.join(", ")} are.`,
      });
    }
  }
  if (wanted.kind === "public" && grants.includes("client_credentials")) {
    throw failure("app.grantInvalid", {
      field: "grantTypes",
      says: "A public app keeps no secret, so it cannot use client_credentials.",
    });
  }
  return [...new Set(grants)];
}
