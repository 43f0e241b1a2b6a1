import { none, some } from "./move.ts";
import type { Move } from "./move.ts";
import {
  at,
  config,
  core,
  deleteGroup,
  deleteUser,
  emptyList,
  enterprise,
  errorOf,
  filtered,
  groupSchema,
  isGone,
  newUserShows,
  onlyUser,
  patch,
  readMembers,
  reactivate,
  schemas,
} from "./moves.ts";
import type { Person, Stage } from "./move.ts";

/** What Entra ID sends for a new user: `meta`, empty lists and nothings too. */
const newUser = (person: Person) => ({
  schemas: [core, enterprise],
  externalId: person.externalId,
  userName: person.userName,
  active: true,
  displayName: person.displayName,
  emails: [{ primary: true, type: "work", value: person.email }],
  addresses: null,
  meta: { resourceType: "User" },
  name: { givenName: person.givenName, familyName: person.familyName },
  roles: [],
});

const newGroup = ({ groupName }: Stage) => ({
  schemas: [groupSchema, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
  externalId: `${groupName} external`,
  displayName: groupName,
  meta: { resourceType: "Group" },
});

/** Entra ID's test of a connection and its first cycle, with the flag and without: both are met. */
export const entraMoves: readonly Move[] = [
  {
    name: "findNobody",
    ask: ({ nobody }) => ({ method: "GET", path: filtered("Users", `userName eq "${nobody}"`) }),
    statuses: [200],
    shows: () => emptyList,
  },
  config,
  schemas,
  {
    name: "create",
    ask: ({ person }) => ({ method: "POST", path: "/Users", body: newUser(person) }),
    statuses: [201],
    shows: ({ person }) => newUserShows(person),
    makes: "user",
  },
  {
    name: "duplicate",
    after: ["user"],
    ask: ({ person }) => ({ method: "POST", path: "/Users", body: newUser(person) }),
    statuses: [409],
    shows: () => errorOf(409),
  },
  {
    name: "findByName",
    after: ["user"],
    ask: ({ person }) => ({ method: "GET", path: filtered("Users", `userName eq "${person.userName}"`) }),
    statuses: [200],
    shows: onlyUser,
  },
  {
    name: "findByEmail",
    after: ["user"],
    ask: ({ person }) => ({
      method: "GET",
      path: filtered("Users", `emails[type eq "work"].value eq "${person.email}"`),
    }),
    statuses: [200],
    shows: onlyUser,
  },
  {
    name: "addAddress",
    after: ["user"],
    needs: ["operationCase", "createOnFilterMiss"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "user"),
      body: patch({ op: "Add", path: 'addresses[type eq "work"].postalCode', value: "100-0001" }),
    }),
    statuses: [200, 204],
    shows: () => ({ "/addresses/0/postalCode": "100-0001", "/addresses/0/type": "work", "/addresses/1": none }),
  },
  {
    name: "updateParts",
    after: ["user"],
    needs: ["flatNames"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "user"),
      body: patch({
        op: "replace",
        value: { title: "Tester", "name.givenName": "Changed", [`${enterprise}:employeeNumber`]: "42" },
      }),
    }),
    statuses: [200, 204],
    shows: () => ({ "/title": "Tester", "/name/givenName": "Changed", [`/${enterprise}/employeeNumber`]: "42" }),
  },
  {
    name: "createSecond",
    ask: ({ second }) => ({ method: "POST", path: "/Users", body: newUser(second) }),
    statuses: [201],
    shows: ({ second }) => newUserShows(second),
    makes: "second",
  },
  {
    name: "setManager",
    after: ["user", "second"],
    needs: ["operationCase", "shapes"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "user"),
      body: patch({ op: "Add", path: `${enterprise}:manager`, value: stage.ids.second }),
    }),
    statuses: [200, 204],
    shows: ({ ids }) => ({ [`/${enterprise}/manager/value`]: ids.second ?? some }),
  },
  {
    name: "checkManager",
    after: ["user", "second"],
    follows: "setManager",
    ask: ({ ids }) => ({
      method: "GET",
      path: filtered("Users", `id eq "${ids.user}" and manager eq "${ids.second}"`, "&attributes=id"),
    }),
    statuses: [200],
    shows: onlyUser,
  },
  {
    name: "deactivate",
    after: ["user"],
    needs: ["operationCase", "stringBooleans"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "user"),
      body: patch({ op: "Replace", path: "active", value: "False" }),
    }),
    statuses: [200, 204],
    shows: () => ({ "/active": false }),
  },
  {
    name: "isInactive",
    after: ["user"],
    follows: "deactivate",
    ask: ({ person }) => ({ method: "GET", path: filtered("Users", `userName eq "${person.userName}"`) }),
    statuses: [200],
    shows: (stage) => ({ ...onlyUser(stage), "/Resources/0/active": false }),
  },
  {
    ...reactivate,
    // With the flag in the Tenant URL, booleans are booleans.
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "user"),
      body: patch({ op: "replace", path: "active", value: true }),
    }),
  },
  {
    name: "findNoGroup",
    ask: ({ groupName }) => ({
      method: "GET",
      path: `/Groups?excludedAttributes=members&filter=${encodeURIComponent(`displayName eq "${groupName}"`)}`,
    }),
    statuses: [200],
    shows: () => emptyList,
  },
  {
    name: "createGroup",
    needs: ["foreignSchemas"],
    ask: (stage) => ({ method: "POST", path: "/Groups", body: newGroup(stage) }),
    statuses: [201],
    shows: ({ groupName }) => ({ "/id": some, "/displayName": groupName }),
    makes: "group",
  },
  {
    name: "addMembers",
    after: ["user", "second", "group"],
    needs: ["operationCase"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "group"),
      body: patch({
        op: "Add",
        path: "members",
        value: [
          { $ref: null, value: stage.ids.user },
          { $ref: null, value: stage.ids.second },
        ],
      }),
    }),
    statuses: [200, 204],
  },
  {
    name: "removeMember",
    after: ["user", "second", "group"],
    follows: "addMembers",
    needs: ["operationCase"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "group"),
      body: patch({ op: "Remove", path: "members", value: [{ $ref: null, value: stage.ids.second }] }),
    }),
    statuses: [200, 204],
  },
  // The move before says yes either way; here it shows who was taken out.
  { ...readMembers, follows: "removeMember", needs: ["removeWithValue"] },
  deleteGroup,
  deleteUser,
  isGone,
];
