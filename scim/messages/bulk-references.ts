import { isObject } from "../schema/json.ts";

// Deeper than any resource or PATCH; what is deeper is no message of ours.
const maxDepth = 64;

/** A whole value `bulkId:x`, or a part: a segment of an address, a string of a filter (RFC 7644 §3.7.2). */
const wholeReference = /^bulkId:([^\s"/]+)$/;
const partReference = /(?<=[/"])bulkId:([^\s"/?#\]]+)/g;

// Only these are surely meant as references: a displayName may begin with "bulkId:" for no reason.
const referenceNames = new Set(["value", "$ref", "path"]);

export interface FoundBulkIds {
  /** All that look like references, in the order found. */
  all: string[];
  /** Those in places where nothing else makes sense. */
  certain: string[];
}

/**
 * The bulkIds that the data of an operation mentions, anywhere in it.
 *
 * @returns undefined when the data is nested more than 64 deep
 */
export function bulkIdsIn(data: unknown): FoundBulkIds | undefined {
  const all = new Set<string>();
  const certain = new Set<string>();
  const visit = (value: unknown, name: string, depth: number): boolean => {
    if (depth > maxDepth) return false;
    if (Array.isArray(value)) return value.every((one) => visit(one, name, depth + 1));
    if (isObject(value)) return Object.entries(value).every(([key, one]) => visit(one, key.toLowerCase(), depth + 1));
    for (const id of typeof value === "string" ? referencesOf(value) : []) {
      all.add(id);
      if (referenceNames.has(name)) certain.add(id);
    }
    return true;
  };
  return visit(data, "", 0) ? { all: [...all], certain: [...certain] } : undefined;
}

/**
 * The data with bulkIds replaced by the ids they stand for by now. Others stay as they are.
 *
 * @param idOf the id of the resource that the POST with this bulkId made, once it has
 */
export function resolveBulkIds(data: unknown, idOf: (bulkId: string) => string | undefined): unknown {
  if (typeof data === "string") {
    const whole = wholeReference.exec(data)?.[1];
    if (whole !== undefined) return idOf(whole) ?? data;
    return data.replaceAll(partReference, (text, bulkId: string) => idOf(bulkId) ?? text);
  }
  if (Array.isArray(data)) return data.map((one) => resolveBulkIds(one, idOf));
  if (!isObject(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([name, one]) => [name, resolveBulkIds(one, idOf)]));
}

/**
 * The data without what refers to some bulkIds: the elements and complex values whose `value` or `$ref` it
 * is. With it, one of several resources that refer to each other can be made first.
 */
export function withoutBulkIds(data: unknown, bulkIds: ReadonlySet<string>): unknown {
  const refers = (value: unknown): boolean =>
    typeof value === "string" && referencesOf(value).some((bulkId) => bulkIds.has(bulkId));
  const isReference = (value: unknown): boolean =>
    refers(value) ||
    (isObject(value) &&
      Object.entries(value).some(([name, part]) => referenceNames.has(name.toLowerCase()) && refers(part)));
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((one) => !isReference(one)).map(strip);
    if (!isObject(value)) return value;
    const kept = Object.entries(value).filter(([, one]) => !isReference(one));
    return Object.fromEntries(kept.map(([name, one]) => [name, strip(one)]));
  };
  return strip(data);
}

function referencesOf(text: string): string[] {
  const whole = wholeReference.exec(text)?.[1];
  if (whole !== undefined) return [whole];
  return [...text.matchAll(partReference)].flatMap((match) => match[1] ?? []);
}
