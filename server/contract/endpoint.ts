import type { z } from "zod";
import type { FailureCode } from "./failure.ts";
import type { Permission } from "./permissions.ts";

/** One address of the admin API. The server mounts it, the console calls it, the OpenAPI document is printed from it. */
export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below /api/v1, parameters as `:name`. */
  path: string;
  summary: string;
  /** Any of several will do. Null: any signed-in user of the console or API token. */
  permission: Permission | readonly Permission[] | null;
  params: Params;
  query: Query;
  body: Body;
  /** The body is a file of up to so many bytes, taken as it comes; `body` is nothing then. */
  takesFile?: { mostBytes: number };
  /** The reply is a file of one of these media types; `reply` is nothing then. */
  givesFile?: readonly string[];
  /** 200 with a body, 201 when something was made, 204 without one. */
  status: 200 | 201 | 204;
  reply: Reply;
  failures: readonly FailureCode[];
  /**
   * The reply has a `version`, which is its ETag; a change with If-Match is refused with request.stale when somebody else
   * was faster.
   */
  isVersioned?: boolean;
}

/** Types an endpoint by its schemas. */
export function endpoint<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Reply extends z.ZodType,
>(definition: Endpoint<Params, Query, Body, Reply>): Endpoint<Params, Query, Body, Reply> {
  return definition;
}

/** The permissions of which one is needed; none: any signed-in user of the console or API token will do. */
export function permissionsFor({ permission }: Pick<Endpoint, "permission">): readonly Permission[] {
  if (permission === null) return [];
  return typeof permission === "string" ? [permission] : permission;
}

/** Says whether somebody may call an endpoint at all; what it is about may still be refused. */
export function mayCall(of: Pick<Endpoint, "permission">, can: (permission: Permission) => boolean): boolean {
  return of.permission === null || permissionsFor(of).some(can);
}
