import type { Person } from "../roster/roster.ts";
import type { Json } from "./scim-client.ts";

export const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User";
export const coreGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** A person as Entra ID posts them: with `meta`, and arrays that are empty. */
export function toScimUser(person: Person): Json {
  return {
    schemas: [coreUser, enterprise],
    externalId: person.externalId,
    userName: person.userName,
    active: person.isActive,
    displayName: person.displayName,
    name: { givenName: person.givenName, familyName: person.familyName, formatted: person.displayName },
    title: person.title,
    preferredLanguage: person.locale,
    locale: person.locale,
    timezone: person.timezone,
    emails: [
      { primary: true, type: "work", value: person.workEmail },
      ...(person.homeEmail === "" ? [] : [{ type: "home", value: person.homeEmail }]),
    ],
    phoneNumbers: person.phone === "" ? [] : [{ type: "work", value: person.phone }],
    addresses: person.site === "" ? [] : [{ type: "work", locality: person.site }],
    [enterprise]: {
      employeeNumber: person.employeeNumber,
      department: person.department,
      costCenter: person.costCenter,
    },
    meta: { resourceType: "User" },
    roles: [],
  };
}

interface Operation {
  op: string;
  path: string;
  value?: unknown;
}

export function patch(...operations: Operation[]): Json {
  return { schemas: [patchOp], Operations: operations };
}

/** What has to change so that a person who is there is as the roster says, each in Entra ID's way of writing. */
export function differences(found: Json, person: Person): Operation[] {
  const wanted: [path: string, is: unknown, should: string][] = [
    ["externalId", found["externalId"], person.externalId],
    ["displayName", found["displayName"], person.displayName],
    ["name.givenName", at(found, "name", "givenName"), person.givenName],
    ["name.familyName", at(found, "name", "familyName"), person.familyName],
    ["title", found["title"], person.title],
    ['emails[type eq "work"].value', ofType(found, "emails"), person.workEmail],
    ['phoneNumbers[type eq "work"].value', ofType(found, "phoneNumbers"), person.phone],
    [`${enterprise}:department`, at(found, enterprise, "department"), person.department],
    [`${enterprise}:costCenter`, at(found, enterprise, "costCenter"), person.costCenter],
    ["active", found["active"] === false ? "False" : "True", person.isActive ? "True" : "False"],
  ];
  return wanted
    .filter(([, is, should]) => (is ?? "") !== should)
    .map(([path, , value]) => ({ op: "Replace", path, value }));
}

/** The id of the manager that a resource names. */
export function managerOf(found: Json): unknown {
  const manager = at(found, enterprise, "manager");
  return typeof manager === "object" && manager !== null && "value" in manager ? manager.value : undefined;
}

function at(from: Json, name: string, part: string): unknown {
  const value = from[name];
  return typeof value === "object" && value !== null ? (value as Json)[part] : undefined;
}

function ofType(from: Json, name: string): unknown {
  const values = from[name];
  return Array.isArray(values) ? (values as Json[]).find((one) => one["type"] === "work")?.["value"] : undefined;
}
