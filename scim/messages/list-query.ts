import { isObject, ownIgnoringCase } from "../schema/json.ts";
import { kindOf, quote, refuse } from "./scim-error.ts";
import { searchRequestUrn } from "./urns.ts";

/** What a list or a search asks for, clamped as RFC 7644 §3.4.2.4 says. */
export interface ListQuery {
  filter: string | undefined;
  sortBy: string | undefined;
  sortOrder: "ascending" | "descending";
  /** 1 or more. Has no meaning when there is a cursor. */
  startIndex: number;
  /** 0 or more; undefined leaves it to the server. The server still caps it. */
  count: number | undefined;
  /** "" asks for the first page by cursor (RFC 9865 §2); undefined means paging by index. */
  cursor: string | undefined;
  attributes: string[];
  excludedAttributes: string[];
}

export type QueryParams = URLSearchParams | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the protocol knows of in the address of a request (RFC 7644 §3.9, §3.4.2; RFC 9865 §2). */
const known: ReadonlySet<string> = new Set(
  ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"].map(lowerCase),
);

/** Parameters that mean nothing here, but for the flags that Entra ID puts on the base address of all its requests. */
export function unknownParams(params: URLSearchParams): string[] {
  const isFlag = (name: string): boolean => /^(?:aad|azuread)/i.test(name);
  return [...new Set(params.keys())].filter((name) => name !== "" && !known.has(lowerCase(name)) && !isFlag(name));
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

/**
 * Reads the query of GET on an endpoint (RFC 7644 §3.4.2, §3.9; RFC 9865 §2). Unknown parameters are
 * left alone: Entra ID puts its feature flags on the base address. Names are read in any case: with `Filter` ignored,
 * the answer would be everybody.
 *
 * @throws invalidFilter  the filter is empty or given twice: no filter is ever ignored
 * @throws invalidValue   startIndex or count is not an integer, sortOrder is neither of its two words
 * @throws invalidCount   count is not an integer, and there is a cursor
 */
export function readListQuery(params: QueryParams): ListQuery {
  const filters = valuesOf(params, "filter");
  if (filters.length > 1) throw refuse("invalidFilter", "filter is given more than once");
  const [filter] = filters;
  return check({
    filter,
    sortBy: single(params, "sortBy"),
    sortOrder: single(params, "sortOrder"),
    startIndex: integerText(single(params, "startIndex")),
    count: integerText(single(params, "count")),
    cursor: single(params, "cursor"),
    attributes: valuesOf(params, "attributes"),
    excludedAttributes: valuesOf(params, "excludedAttributes"),
  });
}

/**
 * Reads the body of POST …/.search (RFC 7644 §3.4.3).
 *
 * @throws invalidSyntax  not a SearchRequest, or a member of it has the wrong type
 * and all that readListQuery throws
 */
export function readSearchRequest(body: unknown): ListQuery {
  if (!isObject(body)) throw refuse("invalidSyntax", `the body must be a SearchRequest object, not ${kindOf(body)}`);
  // With a misspelt `filter` ignored, the answer would be everybody.
  const stranger = Object.keys(body).find((name) => lowerCase(name) !== "schemas" && !known.has(lowerCase(name)));
  if (stranger !== undefined) throw refuse("invalidSyntax", `a SearchRequest has no member ${quote(stranger)}`);
  const schemas = ownIgnoringCase(body, "schemas");
  const lower = searchRequestUrn.toLowerCase();
  if (!Array.isArray(schemas) || !schemas.some((urn) => typeof urn === "string" && urn.toLowerCase() === lower)) {
    throw refuse("invalidSyntax", `schemas must contain ${searchRequestUrn}`);
  }
  const text = (name: string): string | undefined => {
    const value = ownIgnoringCase(body, name) ?? undefined;
    if (value === undefined || typeof value === "string") return value;
    throw refuse("invalidSyntax", `${name} must be a string, not ${kindOf(value)}`);
  };
  const names = (name: string): string[] => {
    const value = ownIgnoringCase(body, name) ?? [];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.map((item) => {
      if (typeof item !== "string") throw refuse("invalidSyntax", `${name} must be an array of attribute names`);
      return item;
    });
  };
  return check({
    filter: text("filter"),
    sortBy: text("sortBy"),
    sortOrder: text("sortOrder"),
    startIndex: ownIgnoringCase(body, "startIndex") ?? undefined,
    count: ownIgnoringCase(body, "count") ?? undefined,
    cursor: text("cursor"),
    attributes: names("attributes"),
    excludedAttributes: names("excludedAttributes"),
  });
}

interface Unchecked {
  filter: string | undefined;
  sortBy: string | undefined;
  sortOrder: string | undefined;
  startIndex: unknown;
  count: unknown;
  cursor: string | undefined;
  attributes: readonly string[];
  excludedAttributes: readonly string[];
}

function check(asked: Unchecked): ListQuery {
  // An empty filter is a broken one: answering with everything would look like "all of them match".
  if (asked.filter !== undefined && asked.filter.trim() === "") throw refuse("invalidFilter", "filter is empty");
  const startIndex = integer("startIndex", asked.startIndex, "invalidValue");
  const count = integer("count", asked.count, asked.cursor === undefined ? "invalidValue" : "invalidCount");
  return {
    filter: asked.filter,
    sortBy: asked.sortBy?.trim() || undefined,
    sortOrder: sortOrder(asked.sortOrder),
    startIndex: Math.max(startIndex ?? 1, 1),
    count: count === undefined ? undefined : Math.max(count, 0),
    cursor: asked.cursor,
    attributes: splitNames(asked.attributes),
    excludedAttributes: splitNames(asked.excludedAttributes),
  };
}

function integer(name: string, value: unknown, scimType: "invalidValue" | "invalidCount"): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw refuse(scimType, `${name} must be an integer, not ${quote(value)}`);
}

// Leaves what is no integer as it is, so that the error can quote it. An empty value counts as absent.
function integerText(text: string | undefined): unknown {
  const trimmed = text?.trim();
  if (trimmed === undefined || trimmed === "") return undefined;
  return /^[+-]?\d{1,15}$/.test(trimmed) ? Number(trimmed) : trimmed;
}

function sortOrder(text: string | undefined): "ascending" | "descending" {
  const lower = text?.trim().toLowerCase() || "ascending";
  if (lower === "ascending" || lower === "descending") return lower;
  throw refuse("invalidValue", `sortOrder must be "ascending" or "descending", not ${quote(text)}`);
}

/** Splits at commas outside of brackets; tolerates spaces around them and empty items (RFC 7644 §3.9). */
export function splitNames(lists: readonly string[]): string[] {
  return lists.flatMap((list) => list.split(/,(?![^[]*\])/)).flatMap((name) => name.trim() || []);
}

/** The values of a parameter whose name differs at most in case. */
export function valuesOf(params: QueryParams, name: string): readonly string[] {
  const lower = lowerCase(name);
  const entries = params instanceof URLSearchParams ? [...params] : Object.entries(params);
  return entries.flatMap(([key, value]) => (lowerCase(key) === lower ? (value ?? []) : []));
}

function single(params: QueryParams, name: string): string | undefined {
  const values = valuesOf(params, name);
  if (values.length > 1) throw refuse("invalidValue", `${name} is given more than once`);
  return values[0];
}
