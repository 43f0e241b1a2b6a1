import type { Move } from "./move.ts";
import {
  addMembers,
  at,
  createGroup,
  deactivate,
  deleteGroup,
  deleteUser,
  emptyList,
  filtered,
  isGone,
  newUserShows,
  patch,
  plainUser,
  readMembers,
  readNoMembers,
} from "./moves.ts";

/** What JumpCloud does when a connection is tested and activated: it makes a user and a group, and deletes both. */
export const jumpCloudMoves: readonly Move[] = [
  {
    name: "findNobody",
    ask: ({ nobody }) => ({ method: "GET", path: filtered("Users", `userName eq "${nobody}"`) }),
    statuses: [200],
    shows: () => emptyList,
  },
  {
    name: "create",
    ask: (stage) => ({ method: "POST", path: "/Users", body: plainUser(stage) }),
    statuses: [201],
    shows: ({ person }) => newUserShows(person),
    makes: "user",
  },
  createGroup,
  addMembers,
  readMembers,
  {
    name: "removeMember",
    after: ["user", "group"],
    needs: ["removeWithValue"],
    // A stranger to the group is listed first: who is not listed must stay.
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "group"),
      body: patch({ op: "remove", path: "members", value: [{ value: stage.ids.group }] }),
    }),
    statuses: [200, 204],
  },
  { ...readMembers, follows: "removeMember", needs: ["removeWithValue"] },
  {
    name: "removeMember",
    after: ["user", "group"],
    ask: (stage) => ({
      method: "PATCH",
      path: at(stage, "group"),
      body: patch({ op: "remove", path: "members", value: [{ value: stage.ids.user }] }),
    }),
    statuses: [200, 204],
  },
  readNoMembers,
  deactivate,
  deleteGroup,
  deleteUser,
  isGone,
];
