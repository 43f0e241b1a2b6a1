import { some } from "./move.ts";
import type { Move, Stage } from "./move.ts";
import {
  at,
  core,
  createGroup,
  deactivate,
  deleteGroup,
  emptyList,
  errorOf,
  filtered,
  newUserShows,
  noToken,
  onlyUser,
  patch,
  reactivate,
  read,
  readMembers,
  unknownId,
} from "./moves.ts";

/** What Okta sends for a new user: a password that nobody knows, empty groups, its own id. */
const newUser = ({ person, password }: Stage) => ({
  schemas: [core],
  userName: person.userName,
  name: { givenName: person.givenName, familyName: person.familyName },
  emails: [{ primary: true, value: person.email, type: "work" }],
  displayName: person.displayName,
  locale: "en-US",
  externalId: person.externalId,
  groups: [],
  password,
  active: true,
});

/** Okta's test of a connection, its published specification test, and a push of a group. */
export const oktaMoves: readonly Move[] = [
  {
    name: "listUsers",
    ask: () => ({ method: "GET", path: "/Users?startIndex=1&count=2" }),
    statuses: [200],
    shows: () => ({ "/totalResults": some, "/startIndex": 1, "/itemsPerPage": some }),
  },
  {
    name: "findNobody",
    ask: ({ nobody }) => ({
      method: "GET",
      path: filtered("Users", `userName eq "${nobody}"`, "&startIndex=1&count=100"),
    }),
    statuses: [200],
    shows: () => emptyList,
  },
  unknownId,
  noToken,
  {
    name: "create",
    ask: (stage) => ({ method: "POST", path: "/Users", body: newUser(stage) }),
    statuses: [201],
    shows: ({ person }) => newUserShows(person),
    makes: "user",
  },
  read,
  {
    name: "duplicate",
    after: ["user"],
    ask: (stage) => ({ method: "POST", path: "/Users", body: newUser(stage) }),
    statuses: [409],
    shows: () => errorOf(409),
  },
  {
    name: "findByCase",
    after: ["user"],
    ask: ({ person }) => ({
      method: "GET",
      path: filtered("Users", `userName eq "${person.userName.toUpperCase()}"`, "&startIndex=1&count=100"),
    }),
    statuses: [200],
    shows: onlyUser,
  },
  {
    name: "update",
    after: ["user"],
    // A PUT of what was read before, changed in one place.
    ask: (stage) => ({
      method: "PUT",
      path: at(stage, "user"),
      body: { ...stage.lastUser, name: { givenName: "Changed", familyName: stage.person.familyName }, groups: [] },
    }),
    statuses: [200],
    shows: ({ person }) => ({ "/name/givenName": "Changed", "/userName": person.userName }),
  },
  deactivate,
  reactivate,
  {
    name: "listGroups",
    ask: () => ({ method: "GET", path: "/Groups?startIndex=1&count=100" }),
    statuses: [200],
    shows: () => ({ "/totalResults": some }),
  },
  createGroup,
  {
    name: "renameGroup",
    after: ["group"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "group"),
      body: patch({ op: "replace", value: { id: stage.ids.group, displayName: stage.renamedGroup } }),
    }),
    statuses: [200, 204],
  },
  {
    name: "addMembers",
    after: ["user", "group"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "group"),
      body: patch(
        { op: "remove", path: `members[value eq "${stage.ids.user}"]` },
        { op: "add", path: "members", value: [{ value: stage.ids.user, display: stage.person.userName }] },
      ),
    }),
    statuses: [200, 204],
  },
  {
    ...readMembers,
    shows: ({ ids, renamedGroup }) => ({ "/members/0/value": ids.user ?? some, "/displayName": renamedGroup }),
  },
  deleteGroup,
];
