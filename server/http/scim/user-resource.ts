import { quote } from "#scim/messages/scim-error.ts";
import { enterpriseUserSchema } from "#scim/schema/enterprise-user-schema.ts";
import { isJsonObject, own, sameJson } from "#scim/schema/json.ts";
import type { Json, JsonObject } from "#scim/schema/json.ts";
import { gatehouseUserUrn } from "#scim/schema/resource-type.ts";
import { withSchemas } from "#scim/schema/with-schemas.ts";
import type { ScimUserRow } from "../../db/sql/scim-users.ts";
import type { NewUserRow, UserRow } from "../../db/sql/users.ts";
import type { NewUser } from "../../users/create-user.ts";
import type { UserChange } from "../../users/update-user.ts";
import type { AttributeSet, OwnAttribute } from "../../attributes/attribute-set.ts";
import { valuesOf, withValues } from "../../attributes/custom-values.ts";
import type { Custom } from "../../attributes/custom-values.ts";
import { Failure } from "../../contract/failure.ts";
import { checkLocale, checkPhone, checkTimeZone } from "../../users/check-fields.ts";
import { multiValues } from "../../users/emails.ts";
import type { ScimTypes } from "./call.ts";
import { etagOf } from "../shell/etag.ts";

const enterprise = enterpriseUserSchema.id;

/** The columns that a SCIM User is kept in, besides `resource`. */
export type StoredUser = Pick<
  UserRow,
  | "username"
  | "display_name"
  | "given_name"
  | "family_name"
  | "locale"
  | "time_zone"
  | "external_id"
  | "disabled_at"
  | "resource"
  | "custom"
>;

/**
 * The User as the client wrote it: what PUT and PATCH start from. Values are kept as they came, since clients compare
 * them with what they sent.
 */
export function storedUser(row: StoredUser, { user: type, attributes }: ScimTypes): JsonObject {
  const kept = row.resource as JsonObject;
  const name = without({
    ...(isJsonObject(kept["name"]) ? kept["name"] : {}),
    givenName: row.given_name,
    familyName: row.family_name,
  });
  return withSchemas(
    without({
      ...kept,
      userName: row.username,
      displayName: row.display_name,
      name: Object.keys(name).length === 0 ? null : name,
      locale: row.locale ?? kept["locale"],
      timezone: row.time_zone ?? kept["timezone"],
      externalId: row.external_id,
      active: row.disabled_at === null,
      [gatehouseUserUrn]: valuesOf(attributes, row.custom, isReached),
    }),
    type,
  );
}

/** The User as it goes out, before attributes are chosen. */
export function presentUser(row: ScimUserRow, types: ScimTypes, baseUrl: string): JsonObject {
  const location = `${baseUrl}/Users/${row.id}`;
  return {
    ...withManager(storedUser(row, types), row.manager_name, baseUrl),
    id: row.id,
    groups: (row.groups ?? []).map(({ id, name }) => ({
      value: id,
      $ref: `${baseUrl}/Groups/${id}`,
      display: name,
      type: "direct",
    })),
    meta: {
      resourceType: "User",
      created: row.created_at.toISOString(),
      lastModified: row.updated_at.toISOString(),
      location,
      version: etagOf(row.version),
    },
  };
}

function withManager(resource: JsonObject, name: string | null, baseUrl: string): JsonObject {
  const extension = resource[enterprise];
  const manager = isJsonObject(extension) ? extension["manager"] : undefined;
  if (name === null || !isJsonObject(extension) || !isJsonObject(manager)) return resource;
  const value = String(manager["value"]);
  return {
    ...resource,
    [enterprise]: {
      ...extension,
      manager: { value: manager["value"] ?? null, $ref: `${baseUrl}/Users/${value.toLowerCase()}`, displayName: name },
    },
  };
}

/** What POST makes of a User. */
export function newUserOf(resource: JsonObject, { attributes }: ScimTypes): Omit<NewUser, "directoryId"> {
  return {
    ...fieldsOf(resource),
    custom: customOf(resource, {}, attributes),
    displayName: textOf(resource["displayName"]) ?? derivedName(resource),
    isActive: resource["active"] !== false,
  };
}

/** A user who was just made, as the database would answer: in no group yet, at the first version. */
export function freshRow(user: NewUserRow): ScimUserRow {
  return {
    id: user.id,
    username: user.username,
    display_name: user.displayName,
    given_name: user.givenName,
    family_name: user.familyName,
    locale: user.locale,
    time_zone: user.timeZone,
    external_id: user.externalId,
    resource: user.resource,
    custom: user.custom,
    disabled_at: user.disabledAt,
    version: "1",
    created_at: user.now,
    updated_at: user.now,
    groups: [],
    manager_name: null,
  };
}

/**
 * What PUT or PATCH changes of a row. What is equal is left out, so that it is not checked by rules of today.
 *
 * @param before the row, as `storedUser` reads it
 * @param after  the resource after the change
 */
export function userChangeOf(
  row: StoredUser,
  before: JsonObject,
  after: JsonObject,
  { attributes }: ScimTypes,
): UserChange {
  const wanted = { ...fieldsOf(after), displayName: changedName(before, after) };
  const change: UserChange = {};
  if (wanted.username !== row.username) change.username = wanted.username;
  if (wanted.displayName !== row.display_name) change.displayName = wanted.displayName;
  if (wanted.givenName !== row.given_name) change.givenName = wanted.givenName;
  if (wanted.familyName !== row.family_name) change.familyName = wanted.familyName;
  if (wanted.locale !== row.locale) change.locale = wanted.locale;
  if (wanted.timeZone !== row.time_zone) change.timeZone = wanted.timeZone;
  if (wanted.externalId !== row.external_id) change.externalId = wanted.externalId;
  if (!sameJson(wanted.resource, row.resource as JsonObject)) change.resource = wanted.resource;
  if (!sameJson(before[gatehouseUserUrn], after[gatehouseUserUrn])) {
    change.custom = customOf(after, row.custom, attributes);
  }
  // Taking `active` away says nothing about what it should be.
  if (typeof after["active"] === "boolean") change.isActive = after["active"];
  return change;
}

/** Whether directories see an attribute of the organization. */
function isReached({ row }: OwnAttribute): boolean {
  return row.scim !== "none";
}

/** The organization's attributes as the resource has them; those that directories do not reach stay. */
function customOf(resource: JsonObject, kept: Custom, attributes: AttributeSet): Custom {
  const held = resource[gatehouseUserUrn];
  const given = isJsonObject(held) ? held : {};
  const reached = attributes.list.filter(isReached).map(({ row }) => [row.name, own(given, row.name) ?? null] as const);
  return withValues(attributes, kept, Object.fromEntries(reached));
}

/**
 * A display name that a client never gave follows the name it was made from; one that was given stays until it is
 * changed or cleared.
 */
function changedName(before: JsonObject, after: JsonObject): string {
  const given = textOf(after["displayName"]);
  if (given === undefined) return derivedName(after);
  const isDerived = given === textOf(before["displayName"]) && given === derivedName(before);
  return isDerived ? derivedName(after) : given;
}

/** The display name of somebody whose directory sends none. */
function derivedName(resource: JsonObject): string {
  const name = isJsonObject(resource["name"]) ? resource["name"] : {};
  const parts = [textOf(name["givenName"]), textOf(name["familyName"])].filter((part) => part !== undefined);
  return textOf(name["formatted"]) ?? (parts.join(" ") || (textOf(resource["userName"]) ?? ""));
}

/** A text that says something. */
function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function fieldsOf(resource: JsonObject) {
  const {
    schemas: _schemas,
    id: _id,
    meta: _meta,
    groups: _groups,
    password: _password,
    active: _active,
    displayName: _displayName,
    userName,
    name,
    locale,
    timezone,
    externalId,
    [gatehouseUserUrn]: _custom,
    ...rest
  } = resource;
  const { givenName, familyName, ...otherNames } = isJsonObject(name) ? name : {};
  const [givenLocale, givenZone] = [textOf(locale), textOf(timezone)];
  const usableLocale = passing(givenLocale, checkLocale);
  const usableZone = passing(givenZone, checkTimeZone);
  return {
    username: typeof userName === "string" ? userName : "",
    givenName: typeof givenName === "string" ? givenName : null,
    familyName: typeof familyName === "string" ? familyName : null,
    locale: usableLocale ?? null,
    timeZone: usableZone ?? null,
    // An empty text clears: some clients let go of an externalId so.
    externalId: typeof externalId === "string" && externalId !== "" ? externalId : null,
    resource: withoutManagerAddress({
      ...rest,
      ...(Object.keys(otherNames).length === 0 ? {} : { name: otherNames }),
      // What the house cannot use is kept for the client alone.
      ...(givenLocale === usableLocale ? {} : { locale: givenLocale ?? null }),
      ...(givenZone === usableZone ? {} : { timezone: givenZone ?? null }),
    }),
  };
}

/** The address follows from the id, and a client that echoes it must not change anything by that. */
function withoutManagerAddress(resource: JsonObject): JsonObject {
  const extension = resource[enterprise];
  const manager = isJsonObject(extension) ? extension["manager"] : undefined;
  if (!isJsonObject(extension) || !isJsonObject(manager) || manager["value"] === undefined) return resource;
  return { ...resource, [enterprise]: { ...extension, manager: { value: manager["value"] } } };
}

/**
 * What the client gets back and the house cannot use, one line each for the request log. Microsoft's validator sends
 * locales and time zones that are none, directories hold phone numbers such as "n/a", and they want them back.
 */
export function unusableParts({ resource = {} }: { resource?: Record<string, unknown> }): string[] {
  const places = ["locale", "timezone"].flatMap((name) => {
    const value = resource[name];
    return typeof value === "string" ? `${name}: ${quote(value)} is kept as sent, but means nothing here` : [];
  });
  const phones = multiValues(resource, "phoneNumbers").flatMap(({ value }) =>
    passing(value, checkPhone) === undefined
      ? `phoneNumbers: ${quote(value)} is kept as sent, but is no phone number`
      : [],
  );
  return [...places, ...phones];
}

/** A text that a check lets through. */
function passing(text: string | undefined, check: (text: string) => void): string | undefined {
  if (text === undefined) return undefined;
  try {
    check(text);
    return text;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Without what is null or missing. */
function without(object: Readonly<Record<string, Json | undefined>>): JsonObject {
  const entries = Object.entries(object).filter(
    (entry): entry is [string, Json] => entry[1] !== null && entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

/** Says whether a name of the manager has to be looked up. */
export function hasManager(row: Pick<StoredUser, "resource">): boolean {
  const extension = (row.resource as JsonObject)[enterprise];
  return isJsonObject(extension) && extension["manager"] !== undefined;
}
