import { some } from "./move.ts";
import type { Move } from "./move.ts";
import {
  addMembers,
  at,
  config,
  core,
  createGroup,
  deactivate,
  deleteGroup,
  deleteUser,
  isGone,
  newUserShows,
  patch,
  plainUser,
  readMembers,
  readNoMembers,
  removeMember,
  resourceTypes,
  schemas,
} from "./moves.ts";

/** SailPoint reads everything that can be discovered, aggregates accounts, and disables with `add`. */
export const sailPointMoves: readonly Move[] = [
  config,
  resourceTypes,
  {
    name: "userType",
    ask: () => ({ method: "GET", path: "/ResourceTypes/User" }),
    statuses: [200],
    shows: () => ({ "/schema": core, "/endpoint": "/Users" }),
  },
  {
    name: "groupType",
    ask: () => ({ method: "GET", path: "/ResourceTypes/Group" }),
    statuses: [200],
    shows: () => ({ "/endpoint": "/Groups" }),
  },
  schemas,
  {
    name: "listUsers",
    ask: () => ({ method: "GET", path: "/Users?startIndex=1&count=100" }),
    statuses: [200],
    shows: () => ({ "/totalResults": some, "/startIndex": 1 }),
  },
  {
    name: "create",
    ask: (stage) => ({ method: "POST", path: "/Users", body: plainUser(stage) }),
    statuses: [201],
    shows: ({ person }) => newUserShows(person),
    makes: "user",
  },
  {
    ...deactivate,
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "user"),
      body: patch({ op: "add", value: { active: false } }),
    }),
  },
  {
    name: "reactivate",
    after: ["user"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "user"),
      body: patch({ op: "add", value: { active: true } }),
    }),
    statuses: [200, 204],
    shows: () => ({ "/active": true }),
  },
  createGroup,
  addMembers,
  readMembers,
  removeMember,
  readNoMembers,
  deleteGroup,
  deleteUser,
  isGone,
];
