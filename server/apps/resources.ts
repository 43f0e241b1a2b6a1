import type { z } from "zod";
import { changesBetween, record } from "../audit/record.ts";
import { appScopes } from "../contract/apps.ts";
import { failure } from "../contract/failure.ts";
import type { resourceRow } from "../contract/resources.ts";
import {
  deleteResourceRow,
  insertResource,
  replaceResourceApps,
  saveResource,
  selectResource,
  selectResources,
} from "../db/sql/resources.ts";
import type { ResourceRow, ResourceSettings } from "../db/sql/resources.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { isId, newId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { appRules } from "./policy.ts";

/** Every app that may ask for them carries them along, so there are few. */
const mostResources = 100;

// RFC 6749 §3.3.
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/** Scopes that mean something at the provider itself or at SCIM; an API has others. */
const reserved = new Set<string>([...appScopes, "scim", "scim.me"]);

export interface ResourceChange extends Partial<ResourceSettings> {
  /** The apps that it is given to. */
  appIds?: string[];
}

/** All APIs, by name. @throws access.denied */
export async function listResources(work: Work): Promise<ResourceRow[]> {
  allow(appRules, work.actor, "app.read", null);
  return await selectResources(work.tx);
}

/** One API. @throws resource.missing access.denied */
export async function readResource(work: Work, id: string): Promise<ResourceRow> {
  allow(appRules, work.actor, "app.read", null);
  const resource = isId(id) ? await selectResource(work.tx, id) : undefined;
  if (resource === undefined) throw failure("resource.missing");
  return resource;
}

/**
 * Registers an API, so that apps can ask for access tokens for it (RFC 8707).
 *
 * @param wanted.identifier an absolute URI without fragment; it cannot be changed, since APIs compare it
 * @throws resource.identifierInvalid resource.identifierTaken resource.nameTaken resource.scopeInvalid resource.tooMany
 * @throws app.missing access.denied
 */
export async function createResource(
  work: Work,
  wanted: ResourceChange & { identifier: string },
): Promise<ResourceRow> {
  allow(appRules, work.actor, "app.create", null);
  if ((await selectResources(work.tx)).length >= mostResources) throw failure("resource.tooMany");
  const identifier = checkIdentifier(wanted.identifier);
  const settings = check({
    name: wanted.name ?? identifier,
    scopes: wanted.scopes ?? [],
    tokenFormat: wanted.tokenFormat ?? "jwt",
    tokenSeconds: wanted.tokenSeconds ?? null,
    signingAlg: wanted.signingAlg ?? "RS256",
    access: wanted.access ?? "ownApps",
  });
  const id = newId(work.now);
  try {
    await insertResource(work.tx, { id, identifier, ...settings }, work.now);
  } catch (error) {
    throw taken(error) ?? error;
  }
  await giveToApps(work, id, wanted.appIds);
  const made = await readResource(work, id);
  record(work, { type: "resource.created", subject: subjectOf(made), details: { identifier, ...comparable(made) } });
  return made;
}

/**
 * Changes an API. Tokens that were made before stay as they are until they end.
 *
 * @throws resource.missing resource.nameTaken resource.scopeInvalid app.missing access.denied
 */
export async function updateResource(work: Work, id: string, change: ResourceChange): Promise<ResourceRow> {
  allow(appRules, work.actor, "app.update", null);
  const before = await lockResource(work, id);
  const { appIds, ...settings } = change;
  try {
    await saveResource(work.tx, before.id, check({ ...settingsOf(before), ...settings }), work.now);
  } catch (error) {
    throw taken(error) ?? error;
  }
  await giveToApps(work, before.id, appIds);
  const after = await readResource(work, before.id);
  const changes = changesBetween(comparable(before), comparable(after));
  if (changes !== undefined) record(work, { type: "resource.updated", subject: subjectOf(after), changes });
  return after;
}

/** Deletes an API: nobody gets tokens for it any more. @throws resource.missing access.denied */
export async function deleteResource(work: Work, id: string): Promise<void> {
  allow(appRules, work.actor, "app.delete", null);
  const resource = await lockResource(work, id);
  await deleteResourceRow(work.tx, resource.id);
  record(work, { type: "resource.deleted", subject: subjectOf(resource) });
}

/** An API in the words of the contract. */
export function presentResource(row: ResourceRow): z.infer<typeof resourceRow> {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

async function lockResource(work: Work, id: string): Promise<ResourceRow> {
  // One change after the other; uses resources_pkey.
  if (isId(id)) await work.tx.row("select 1 from resources where id = $1 for update", [id]);
  return await readResource(work, id);
}

async function giveToApps(work: Work, id: string, appIds: readonly string[] | undefined): Promise<void> {
  if (appIds === undefined) return;
  const wanted = [...new Set(appIds.map((one) => one.toLowerCase()))];
  if ((await replaceResourceApps(work.tx, id, wanted)) < wanted.length)
    throw failure("app.missing", { field: "appIds" });
}

/** RFC 8707 §2: an absolute URI without a fragment. Kept to the letter, since it is compared so. */
function checkIdentifier(text: string): string {
  const identifier = text.trim();
  const isUri = /^[a-z][a-z0-9+.-]*:[\x21\x23-\x5b\x5d-\x7e]+$/i.test(identifier) && URL.parse(identifier) !== null;
  if (!isUri || identifier.includes("#") || identifier.length > 500) {
    throw failure("resource.identifierInvalid", { field: "identifier" });
  }
  return identifier;
}

function check(settings: ResourceSettings): ResourceSettings {
  const names = settings.scopes.map((scope) => scope.name);
  const wrong = names.find((name, at) => !scopePattern.test(name) || reserved.has(name) || names.indexOf(name) < at);
  if (wrong !== undefined) {
    throw failure("resource.scopeInvalid", {
      field: "scopes",
      says: `${wrong.slice(0, 100)} cannot be a scope: it must be one word, of its own, that the provider does not use.`,
    });
  }
  return { ...settings, name: settings.name.trim() };
}

function taken(error: unknown) {
  const index = brokenUniqueIndex(error);
  if (index === "resources_name_key") return failure("resource.nameTaken", { field: "name", cause: error });
  if (index === "resources_identifier_key") {
    return failure("resource.identifierTaken", { field: "identifier", cause: error });
  }
  return undefined;
}

function settingsOf(resource: ResourceRow): ResourceSettings {
  const { name, scopes, tokenFormat, tokenSeconds, signingAlg, access } = resource;
  return { name, scopes, tokenFormat, tokenSeconds, signingAlg, access };
}

function comparable(resource: ResourceRow) {
  return { ...settingsOf(resource), apps: resource.apps.map((app) => app.name) };
}

function subjectOf({ id, name }: ResourceRow) {
  return { kind: "resource" as const, id, name };
}
