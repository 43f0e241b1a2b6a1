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
  const usualOrder = sort === "name" || sort === "username" || sort === "email" ? "asc" : "desc";
  const yesOrNo = (text: string | undefined) => (text === "yes" || text === "no" ? text : undefined);
  return {
    ...pageOf(url),
    q: of("q"),
    status: statusesOf(url).join(",") || undefined,
    onboarded: yesOrNo(of("onboarded")),
    factor: yesOrNo(of("factor")),
    group: of("group"),
    role: of("role"),
    directory: of("directory"),
    attribute: of("attribute"),
    createdAfter: timeOf(of("createdAfter")),
    createdBefore: timeOf(of("createdBefore")),
    activeAfter: timeOf(of("activeAfter")),
    activeBefore: timeOf(of("activeBefore")),
    sort,
    order: of("order") === "asc" ? "asc" : of("order") === "desc" ? "desc" : usualOrder,
  };
}

/** The words that the list is narrowed by, as the API takes them. */
export function filterOf(url: Address): Record<string, string> {
  const query = listQuery(url);
  return Object.fromEntries(
    (["q", ...filterKeys] as const).flatMap((key) => {
      const word = query[key];
      return word === undefined || word === "" ? [] : [[key, word]];
    }),
  );
}

/** The statuses that the address narrows the list to; none is all. */
export function statusesOf(url: Address): (typeof listedStatuses)[number][] {
  const asked = (url.searchParams.get("status") ?? "").split(",");
  return listedStatuses.filter((status) => asked.includes(status));
}

/** The parts of the query that narrow the list. */
export const filterKeys = [
  "status",
  "onboarded",
  "factor",
  "group",
  "role",
  "directory",
  "attribute",
  "createdAfter",
  "createdBefore",
  "activeAfter",
  "activeBefore",
] as const;

/** The part of an address that a view is made of, always in the same order: two that show the same are the same text. */
export function viewOf(query: Address["searchParams"]): string {
  const view = new URLSearchParams();
  for (const key of ["q", ...filterKeys, "sort", "order", "columns"]) {
    const value = query.get(key) ?? "";
    if (value !== "" && !(key === "sort" && value === "lastActive" && !query.has("order"))) view.set(key, value);
  }
  return view.toString();
}

function timeOf(text: string | undefined): string | undefined {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
