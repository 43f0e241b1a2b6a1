import { randomBytes } from "node:crypto";
import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { AppModel } from "../db/models/app.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { AppId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { allow } from "../permissions/rules.ts";
import { checkSettings, settingsOf, usualSettings } from "./app-settings.ts";
import type { AppKind, AppSettings } from "./app-settings.ts";
import { checkOwnAddress, checkRedirectUri } from "./check-app.ts";
import { appRules } from "./policy.ts";

export interface NewApp extends Partial<AppSettings> {
  name: string;
  /** web: keeps a secret; public: browser or phone, no secret; machine: no person, client credentials. */
  kind: AppKind;
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  backchannelLogoutUri?: string | null;
}

/** The row and the secret, which is in this answer and nowhere else. */
export interface CreatedApp {
  app: AppModel;
  clientSecret: string | null;
}

/**
 * Creates an app. Its secret is kept as a digest only.
 *
 * @throws app.nameMissing app.nameTaken app.redirectUriMissing app.redirectUriInvalid app.addressInvalid access.denied
 * @throws app.grantInvalid app.scopeInvalid app.lifetimesInvalid app.keysInvalid
 */
export async function createApp(work: Work, wanted: NewApp): Promise<CreatedApp> {
  allow(appRules, work.actor, "app.create", null);
  const name = checkAppName(wanted.name);
  const settings = await checkSettings(wanted.kind, settingsOf({ ...usualSettings(wanted.kind), ...wanted }));
  const addresses = checkAddresses(wanted, settings.grantTypes.includes("authorization_code"));
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
        ...addresses,
        ...settings,
        createdAt: work.now,
        updatedAt: work.now,
      },
      { transaction: work.tx.transaction },
    );
    record(work, {
      type: "app.created",
      subject: { kind: "app", id: app.id, name },
      details: { clientId: app.clientId, kind: wanted.kind, ...addresses, ...settings },
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
