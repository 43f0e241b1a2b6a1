import { failure } from "../../contract/failure.ts";

/** The ETag of a version of a resource, which `meta.version` repeats (RFC 7644 §3.14). */
export function etagOf(version: string): string {
  return `W/"${version}"`;
}

/**
 * Whether one of the tags of If-Match or If-None-Match is the one of this version. Compared weakly, as RFC 7644 §3.14
 * does in its examples; tags without quotes are understood.
 */
export function namesVersion(header: string, version: string): boolean {
  return header.split(",").some((part) => {
    const tag = part.trim();
    return tag === "*" || tag.replace(/^W\//i, "").replace(/^"(.*)"$/, "$1") === version;
  });
}

/**
 * Refuses when the client saw another version (RFC 7644 §3.14).
 *
 * @throws request.stale
 */
export function requireMatch(ifMatch: string | undefined, row: { version: string }): void {
  if (ifMatch !== undefined && !namesVersion(ifMatch, row.version)) throw failure("request.stale");
}
