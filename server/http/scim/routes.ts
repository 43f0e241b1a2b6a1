import { unknownParams } from "#scim/messages/list-query.ts";
import { quote, ScimError } from "#scim/messages/scim-error.ts";
import { own } from "#scim/schema/json.ts";
import { postBulk } from "./bulk.ts";
import type { Call, Handler, Reply } from "./call.ts";
import { getResourceTypes, getSchemas, getServiceProviderConfig } from "./discovery.ts";
import type { Discovery } from "./discovery.ts";
import { listAll, searchAll } from "./find-all.ts";
import { postUser } from "./post-user.ts";
import { getGroup, listGroups, searchGroups } from "./read-groups.ts";
import { getUser, listUsers, searchUsers } from "./read-users.ts";
import { noteUnknownChoices, projectionOf } from "./projection.ts";
import { WrongMethod } from "./refusals.ts";
import { patchGroup, postGroup, putGroup, removeGroup } from "./write-groups.ts";
import { patchUser, putUser, removeUser } from "./write-users.ts";

/** An address below the SCIM root. */
export type Route =
  | { kind: "resource"; methods: Readonly<Record<string, Handler>> }
  /** Readable without a token (RFC 7643 §5). */
  | { kind: "public"; get: (asked: Discovery, id: string) => Reply }
  /** About the person whose token it is (RFC 7644 §3.11). */
  | { kind: "me" };

const bulk: Handler = async (call) =>
  await postBulk(call, (endpoint, method) => {
    if (endpoint !== "/Users" && endpoint !== "/Groups") return undefined;
    const route = routes.get(method === "POST" ? endpoint : `${endpoint}/*`);
    return route?.kind === "resource" ? own(route.methods, method) : undefined;
  });

/** Every address (RFC 7644 §3.2 Table 2, §4). `*` stands for what names one resource. */
const routes = new Map<string, Route>([
  ["/Users", { kind: "resource", methods: { GET: listUsers, POST: postUser } }],
  ["/Users/.search", { kind: "resource", methods: { POST: searchUsers } }],
  ["/Users/*", { kind: "resource", methods: { GET: getUser, PUT: putUser, PATCH: patchUser, DELETE: removeUser } }],
  ["/Groups", { kind: "resource", methods: { GET: listGroups, POST: postGroup } }],
  ["/Groups/.search", { kind: "resource", methods: { POST: searchGroups } }],
  [
    "/Groups/*",
    { kind: "resource", methods: { GET: getGroup, PUT: putGroup, PATCH: patchGroup, DELETE: removeGroup } },
  ],
  ["/", { kind: "resource", methods: { GET: listAll } }],
  ["/.search", { kind: "resource", methods: { POST: searchAll } }],
  ["/Bulk", { kind: "resource", methods: { POST: bulk } }],
  ["/Me", { kind: "me" }],
  ["/ServiceProviderConfig", { kind: "public", get: getServiceProviderConfig }],
  ["/ResourceTypes", { kind: "public", get: getResourceTypes }],
  ["/ResourceTypes/*", { kind: "public", get: getResourceTypes }],
  ["/Schemas", { kind: "public", get: getSchemas }],
  ["/Schemas/*", { kind: "public", get: getSchemas }],
]);

/**
 * Finds the route of a path below the SCIM root, and the id in it. A slash at the end is forgiven.
 *
 * @throws ScimError 400 the path is not percent-encoded UTF-8
 */
export function findRoute(path: string): { route: Route; id: string } | undefined {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, "") : path;
  const exact = routes.get(trimmed);
  if (exact !== undefined) return { route: exact, id: "" };
  const [, first, rest] = /^(\/[^/]+)\/([^/]+)$/.exec(trimmed) ?? [];
  const route = first === undefined ? undefined : routes.get(`${first}/*`);
  return route === undefined || rest === undefined ? undefined : { route, id: decoded(rest) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ScimError(400, "The address is not percent-encoded UTF-8 (RFC 3986 §2.5).", "invalidSyntax");
  }
}

/**
 * Answers a call by its method; HEAD is GET without the body.
 *
 * @throws ScimError 405
 */
export async function handle(
  route: Route & { kind: "resource" },
  method: string,
  call: Call,
  id: string,
): Promise<Reply> {
  const handler = own(route.methods, method === "HEAD" ? "GET" : method);
  if (handler === undefined) throw new WrongMethod(Object.keys(route.methods));
  call.note(unknownParams(call.query).map((name) => `parameter ${quote(name)} means nothing here`));
  noteUnknownChoices(call, projectionOf(call.query));
  return await handler(call, id);
}
