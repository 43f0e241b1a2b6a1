/** What of an address matters here; both the URL of a load and the one of the page have it. */
export interface Address {
  pathname: string;
  search: string;
  searchParams: { get: (key: string) => string | null; has: (key: string) => boolean };
}

type Values = Record<string, string | number | null | undefined>;

/**
 * The address of the same page with some of its query changed; null removes. Unless a change names the cursor, the list
 * starts again from its first page.
 */
export function withQuery(url: Address, changes: Values): string {
  const query = new URLSearchParams(url.search);
  for (const key of ["cursor", "from"]) query.delete(key);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(key);
    else query.set(key, String(value));
  }
  const text = query.toString();
  return text === "" ? url.pathname : `${url.pathname}?${text}`;
}

/** The part of the query that every list has. */
export function pageOf(url: Address): { cursor: string | undefined; limit: number } {
  const limit = Number(url.searchParams.get("limit") ?? 50);
  return { cursor: url.searchParams.get("cursor") ?? undefined, limit: [50, 100, 200].includes(limit) ? limit : 50 };
}
