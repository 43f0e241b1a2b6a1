import type { z } from "zod";
import { changesBetween, record } from "../audit/record.ts";
import type { entitlementRow } from "../contract/app-access.ts";
import { failure } from "../contract/failure.ts";
import {
  deleteEntitlementRow,
  insertEntitlement,
  saveEntitlement,
  selectEntitlement,
  selectEntitlements,
} from "../db/sql/entitlements.ts";
import type { EntitlementRow } from "../db/sql/entitlements.ts";
import type { AppModel } from "../db/models/app.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { isId, newId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { giveTo, takeFrom } from "./choose-holders.ts";
import type { Chosen } from "./choose-holders.ts";
import { appRules } from "./policy.ts";
import { lockOwnApp, readApp } from "./update-app.ts";

/** An app is told all that a user holds with each ID token, so it declares few. */
const mostOfAnApp = 200;

// One word of an app's own language, as it may stand in a claim, an address or a configuration.
const valuePattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/** What an app lets people do (G3), by value. @throws app.missing access.denied */
export async function listEntitlements(work: Work, appId: string): Promise<EntitlementRow[]> {
  const app = await readApp(work, appId);
  return await selectEntitlements(work.tx, app.id);
}

/**
 * Declares something that an app lets people do.
 *
 * @param wanted.value what the app is told: one word without spaces; the name stands for it where people read
 * @throws app.missing app.builtIn access.denied
 * @throws entitlement.valueInvalid entitlement.valueTaken entitlement.tooMany
 */
export async function createEntitlement(
  work: Work,
  appId: string,
  wanted: { value: string; name?: string | undefined },
): Promise<EntitlementRow> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, appId);
  if ((await selectEntitlements(work.tx, app.id)).length >= mostOfAnApp) throw failure("entitlement.tooMany");
  const value = checkValue(wanted.value);
  const name = wanted.name?.trim() || value;
  const id = newId(work.now);
  try {
    await insertEntitlement(work.tx, { id, appId: app.id, value, name, now: work.now });
  } catch (error) {
    throw taken(error) ?? error;
  }
  record(work, { type: "entitlement.created", subject: subjectOf(app), details: { value, name } });
  return { id, app_id: app.id, value, name, created_at: work.now, user_count: 0, group_count: 0 };
}

/**
 * Renames an entitlement, or tells the app another word for it.
 *
 * @throws app.missing app.builtIn entitlement.missing entitlement.valueInvalid entitlement.valueTaken access.denied
 */
export async function updateEntitlement(
  work: Work,
  appId: string,
  id: string,
  change: { value?: string | undefined; name?: string | undefined },
): Promise<EntitlementRow> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, appId);
  const before = await requireEntitlement(work, app, id);
  const value = change.value === undefined ? before.value : checkValue(change.value);
  const after = { ...before, value, name: change.name?.trim() || (change.name === undefined ? before.name : value) };
  const changes = changesBetween(worded(before), worded(after));
  if (changes === undefined) return before;
  try {
    await saveEntitlement(work.tx, before.id, after.value, after.name);
  } catch (error) {
    throw taken(error) ?? error;
  }
  record(work, { type: "entitlement.updated", subject: subjectOf(app), changes, details: { value: before.value } });
  return after;
}

/** @throws app.missing app.builtIn entitlement.missing access.denied */
export async function deleteEntitlement(work: Work, appId: string, id: string): Promise<void> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, appId);
  const { id: known, value } = await requireEntitlement(work, app, id);
  await deleteEntitlementRow(work.tx, known);
  record(work, { type: "entitlement.deleted", subject: subjectOf(app), details: { value } });
}

/**
 * Gives an entitlement to users and groups. The app is told with the next ID token or at userinfo.
 *
 * @returns how many are new
 * @throws app.missing app.builtIn entitlement.missing user.missing group.missing access.denied
 */
export async function grantEntitlement(work: Work, appId: string, id: string, chosen: Chosen): Promise<number> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, appId);
  const { id: known, value } = await requireEntitlement(work, app, id);
  const tell = { type: "entitlement.granted", subject: subjectOf(app), details: { value } };
  return await giveTo(work, { kind: "entitlement", id: known }, chosen, tell);
}

/** @throws app.missing app.builtIn entitlement.missing app.holderMissing access.denied */
export async function revokeEntitlement(work: Work, appId: string, id: string, holderId: string): Promise<void> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, appId);
  const { id: known, value } = await requireEntitlement(work, app, id);
  const tell = { type: "entitlement.revoked", subject: subjectOf(app), details: { value } };
  await takeFrom(work, { kind: "entitlement", id: known }, holderId, tell);
}

/** An entitlement in the words of the contract. */
export function presentEntitlement(row: EntitlementRow): z.infer<typeof entitlementRow> {
  return {
    id: row.id,
    value: row.value,
    name: row.name,
    userCount: row.user_count,
    groupCount: row.group_count,
    createdAt: row.created_at.toISOString(),
  };
}

async function requireEntitlement(work: Work, app: AppModel, id: string): Promise<EntitlementRow> {
  const found = isId(id) ? await selectEntitlement(work.tx, app.id, id) : undefined;
  if (found === undefined) throw failure("entitlement.missing");
  return found;
}

function checkValue(text: string): string {
  const value = text.trim();
  if (!valuePattern.test(value)) throw failure("entitlement.valueInvalid", { field: "value" });
  return value;
}

function taken(error: unknown) {
  return brokenUniqueIndex(error) === "entitlements_value_key"
    ? failure("entitlement.valueTaken", { field: "value", cause: error })
    : undefined;
}

function subjectOf(app: AppModel) {
  return { kind: "app" as const, id: app.id, name: app.name };
}

function worded({ value, name }: EntitlementRow) {
  return { value, name };
}
