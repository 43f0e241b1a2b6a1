import { changesBetween, record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { AppModel } from "../db/models/app.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { isId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { allow } from "../permissions/rules.ts";
import { checkSettings, kindOf, settingsOf } from "./app-settings.ts";
import type { AppSettings } from "./app-settings.ts";
import { checkAddresses, checkAppName } from "./create-app.ts";
import type { CreatedApp } from "./create-app.ts";
import { appRules } from "./policy.ts";

export interface AppChange extends Partial<AppSettings> {
  name?: string;
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  backchannelLogoutUri?: string | null;
}

/**
 * Changes an app.
 *
 * @throws app.missing app.builtIn app.nameMissing app.nameTaken app.redirectUriInvalid app.redirectUriMissing
 * @throws app.addressInvalid app.grantInvalid app.scopeInvalid app.lifetimesInvalid app.keysInvalid access.denied
 */
export async function updateApp(work: Work, id: string, change: AppChange): Promise<AppModel> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, id);
  const before = comparable(app);
  const settings = await checkSettings(kindOf(app), settingsOf({ ...settingsOf(app), ...change }));
  const addresses = checkAddresses({ ...before, ...change }, settings.grantTypes.includes("authorization_code"));
  app.set({ ...addresses, ...settings, name: change.name === undefined ? app.name : checkAppName(change.name) });
  const changes = changesBetween(before, comparable(app));
  if (changes === undefined) return app;
  app.set({ updatedAt: work.now });
  try {
    await app.save({ transaction: work.tx.transaction });
  } catch (error) {
    throw brokenUniqueIndex(error) === "apps_name_key"
      ? failure("app.nameTaken", { field: "name", cause: error })
      : error;
  }
  // Whoever may not use it any more is refused from the commit on; the job makes it final.
  if (changes["access"] !== undefined && app.access === "chosen") addJob(work.tx, "access.end", { appId: app.id });
  record(work, { type: "app.updated", subject: { kind: "app", id: app.id, name: app.name }, changes });
  return app;
}

/**
 * Gives an app another secret; the old one stops working with the commit.
 *
 * @throws app.missing app.builtIn app.noSecret
 */
export async function rotateAppSecret(work: Work, id: string): Promise<CreatedApp> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, id);
  if (app.isPublic) throw failure("app.noSecret");
  const clientSecret = newSecret("ghs");
  await app.update({ secretHash: hashSecret(clientSecret), updatedAt: work.now }, { transaction: work.tx.transaction });
  record(work, { type: "app.secretRotated", subject: { kind: "app", id: app.id, name: app.name } });
  return { app, clientSecret };
}

/**
 * Deletes an app with everything that the provider holds for it.
 *
 * @throws app.missing app.builtIn
 */
export async function deleteApp(work: Work, id: string): Promise<void> {
  allow(appRules, work.actor, "app.delete", null);
  const app = await lockOwnApp(work, id);
  await work.tx.run("delete from oidc_records where client_id = $1", [app.clientId]);
  await app.destroy({ transaction: work.tx.transaction });
  record(work, { type: "app.deleted", subject: { kind: "app", id: app.id, name: app.name } });
}

/** One app. @throws app.missing access.denied */
export async function readApp(work: Work, id: string): Promise<AppModel> {
  allow(appRules, work.actor, "app.read", null);
  const app = isId(id) ? await work.tx.models.App.findByPk(id, { transaction: work.tx.transaction }) : null;
  if (app === null) throw failure("app.missing");
  return app;
}

/** An app that is not of the house itself, locked. @throws app.missing app.builtIn */
export async function lockOwnApp(work: Work, id: string): Promise<AppModel> {
  const { transaction } = work.tx;
  const app = isId(id) ? await work.tx.models.App.findByPk(id, { transaction, lock: true }) : null;
  if (app === null) throw failure("app.missing");
  if (app.isBuiltIn) throw failure("app.builtIn");
  return app;
}

function comparable(app: AppModel) {
  const { name, redirectUris, postLogoutRedirectUris, backchannelLogoutUri } = app;
  return { name, redirectUris, postLogoutRedirectUris, backchannelLogoutUri, ...settingsOf(app) };
}
