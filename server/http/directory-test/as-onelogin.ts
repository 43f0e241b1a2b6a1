import type { Move, Stage } from "./move.ts";
import {
  addMembers,
  at,
  deleteUser,
  emptyList,
  filtered,
  isGone,
  newUserShows,
  readMembers,
  createGroup,
} from "./moves.ts";

/** OneLogin wants plain JSON back, and ends addresses with a mark that nothing follows. */
const headers = { accept: "application/json" };

/** The schemas of its template, which are nobody's. */
const user = ({ person }: Stage, givenName: string) => ({
  schemas: ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
  userName: person.userName,
  displayName: person.displayName,
  name: { givenName, familyName: person.familyName },
  emails: [{ value: person.email, type: "work", primary: true }],
  active: true,
});

const needs = ["foreignSchemas"] as const;

/** OneLogin's calls in the order in which its documentation has them. */
export const oneLoginMoves: readonly Move[] = [
  {
    name: "findNobody",
    ask: ({ nobody }) => ({
      method: "GET",
      path: `${filtered("Users", `userName eq "${nobody}"`).replaceAll("%20", "+")}&`,
      headers,
    }),
    statuses: [200],
    type: "application/json",
    shows: () => emptyList,
  },
  {
    name: "create",
    needs,
    ask: (stage) => ({ method: "POST", path: "/Users", headers, body: user(stage, stage.person.givenName) }),
    statuses: [201],
    type: "application/json",
    shows: ({ person }) => newUserShows(person),
    makes: "user",
  },
  {
    name: "read",
    after: ["user"],
    ask: (stage) => ({ method: "GET", path: `${at(stage, "user")}?`, headers }),
    statuses: [200],
    type: "application/json",
    shows: ({ person }) => newUserShows(person),
  },
  {
    name: "update",
    after: ["user"],
    needs,
    ask: (stage) => ({ method: "PUT", path: `${at(stage, "user")}?`, headers, body: user(stage, "Changed") }),
    statuses: [200],
    type: "application/json",
    shows: () => ({ "/name/givenName": "Changed" }),
  },
  {
    name: "listGroups",
    ask: () => ({ method: "GET", path: "/Groups?", headers }),
    statuses: [200],
    type: "application/json",
  },
  createGroup,
  addMembers,
  readMembers,
  deleteUser,
  isGone,
];
