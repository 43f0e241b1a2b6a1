import type { z } from "zod";
import { listedStatuses, userSorts } from "#contract/users.ts";
import type { Endpoints } from "#contract/endpoints.ts";
import { pageOf } from "#console/list/address.ts";
import type { Address } from "#console/list/address.ts";

type Query = z.input<Endpoints["listUsers"]["query"]>;

/** The question that the address of the user list asks. Words it does not know are passed over, never an error. */
export function listQuery(url: Address): Query & { sort: (typeof userSorts)[number]; order: "asc" | "desc" } {
  const of = (key: string) => url.searchParams.get(key) ?? undefined;
  const sort = userSorts.find((name) => name === of("sort")) ?? "lastActive";
  const usualOrder = sort === "name" || sort === "username" ? "asc" : "desc";
  const onboarded = of("onboarded");
  return {
    ...pageOf(url),
    q: of("q"),
    status: statusesOf(url).join(",") || undefined,
    onboarded: onboarded === "yes" || onboarded === "no" ? onboarded : undefined,
    group: of("group"),
    role: of("role"),
    directory: of("directory"),
    attribute: of("attribute"),
    sort,
    order: of("order") === "asc" ? "asc" : of("order") === "desc" ? "desc" : usualOrder,
  };
}

/** The statuses that the address narrows the list to; none is all. */
export function statusesOf(url: Address): (typeof listedStatuses)[number][] {
  const asked = (url.searchParams.get("status") ?? "").split(",");
  return listedStatuses.filter((status) => asked.includes(status));
}

/** The parts of the query that narrow the list. */
export const filterKeys = ["status", "onboarded", "group", "role", "directory", "attribute"] as const;
