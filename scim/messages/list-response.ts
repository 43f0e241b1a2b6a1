import { listResponseUrn } from "./urns.ts";

export interface ListPage<Resource> {
  resources: readonly Resource[];
  /** All matches, not the size of the page. May be left out with cursors (RFC 9865 §2). */
  totalResults?: number | undefined;
  startIndex?: number | undefined;
  itemsPerPage?: number | undefined;
  nextCursor?: string | undefined;
  previousCursor?: string | undefined;
}

export interface ListResponse<Resource> {
  schemas: [typeof listResponseUrn];
  totalResults?: number;
  startIndex?: number;
  itemsPerPage: number;
  nextCursor?: string;
  previousCursor?: string;
  Resources: readonly Resource[];
}

/**
 * A page of a list (RFC 7644 §3.4.2, RFC 9865 §2). `Resources` is there even when empty: clients
 * such as Entra ID read it without asking.
 */
export function listResponse<Resource>(page: ListPage<Resource>): ListResponse<Resource> {
  return {
    schemas: [listResponseUrn],
    ...(page.totalResults === undefined ? {} : { totalResults: page.totalResults }),
    ...(page.startIndex === undefined ? {} : { startIndex: page.startIndex }),
    itemsPerPage: page.itemsPerPage ?? page.resources.length,
    ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
    ...(page.previousCursor === undefined ? {} : { previousCursor: page.previousCursor }),
    Resources: page.resources,
  };
}
