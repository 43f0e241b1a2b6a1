import { some } from "./move.ts";
import type { Move } from "./move.ts";
import {
  config,
  core,
  deactivate,
  deleteUser,
  emptyList,
  enterprise,
  filtered,
  isGone,
  newUserShows,
  onlyUser,
  plainUser,
  reactivate,
  resourceTypes,
  schemas,
} from "./moves.ts";

/** Google Workspace: the schemas behind its attribute mapping, suspension, and deletion of somebody still active. */
export const googleMoves: readonly Move[] = [
  {
    name: "listUsers",
    ask: () => ({ method: "GET", path: "/Users?count=1" }),
    statuses: [200],
    shows: () => ({ "/totalResults": some }),
  },
  schemas,
  resourceTypes,
  config,
  {
    name: "findNobody",
    ask: ({ nobody }) => ({ method: "GET", path: filtered("Users", `userName eq "${nobody}"`) }),
    statuses: [200],
    shows: () => emptyList,
  },
  {
    name: "create",
    ask: (stage) => ({
      method: "POST",
      path: "/Users",
      body: { ...plainUser(stage), schemas: [core, enterprise], [enterprise]: { department: "Test" } },
    }),
    statuses: [201],
    shows: ({ person }) => ({ ...newUserShows(person), [`/${enterprise}/department`]: "Test" }),
    makes: "user",
  },
  {
    name: "findByName",
    after: ["user"],
    ask: ({ person }) => ({ method: "GET", path: filtered("Users", `userName eq "${person.userName}"`) }),
    statuses: [200],
    shows: onlyUser,
  },
  deactivate,
  reactivate,
  deleteUser,
  isGone,
];
