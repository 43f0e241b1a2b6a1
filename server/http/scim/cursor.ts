import { createHash } from "node:crypto";
import { refuse } from "#scim/messages/scim-error.ts";
import type { ListQuery } from "#scim/messages/list-query.ts";
import type { RowKey } from "../../db/sql/scim-list.ts";
import { isId } from "../../kernel/ids.ts";
import type { Call } from "./call.ts";

/** Seconds that a cursor is good for: a night that an import stood still. */
export const cursorTimeoutSeconds = 24 * 60 * 60;

const purpose = "scim cursor";

/** Where the next page begins. */
export interface CursorPlace {
  key: RowKey;
  back: boolean;
}

/**
 * Writes a cursor (RFC 9865 §2.1): the row that the page ended with, encrypted and signed, since it may hold a name.
 * It stands on the row's own values, so that nobody is lost or met twice while others come and go, and nothing has to
 * be remembered here.
 */
export function sealCursor(call: Call, list: string, query: ListQuery, { key, back }: CursorPlace): string {
  const clear = [call.directory.id, digest(list, query), key.value, key.id, back, call.house.now().getTime()];
  return call.house.keyring.seal(purpose, JSON.stringify(clear)).toString("base64url");
}

/**
 * Reads a cursor that the client sent back.
 *
 * @throws invalidCursor it is not one of ours, of another directory, or of another query
 * @throws expiredCursor
 */
export function openCursor(call: Call, list: string, query: ListQuery): CursorPlace {
  const [directoryId, queried, value, id, back, at] = open(call, query.cursor ?? "");
  const isText = value === null || typeof value === "string";
  if (!isText || typeof id !== "string" || !isId(id) || typeof back !== "boolean" || typeof at !== "number") {
    throw refuse("invalidCursor", "this cursor is not one of ours");
  }
  if (directoryId !== call.directory.id || queried !== digest(list, query)) {
    throw refuse("invalidCursor", "this cursor belongs to another query: filter and sorting must stay the same");
  }
  if (call.house.now().getTime() - at > cursorTimeoutSeconds * 1000) {
    throw refuse("expiredCursor", "this cursor is too old: start again without one");
  }
  return { key: { value, id }, back };
}

function open(call: Call, cursor: string): unknown[] {
  try {
    const clear: unknown = JSON.parse(call.house.keyring.open(purpose, Buffer.from(cursor, "base64url")));
    if (Array.isArray(clear)) return clear;
  } catch {
    // Whatever is wrong with it, the client gets the same answer.
  }
  throw refuse("invalidCursor", "this cursor is not one of ours, or was changed on its way");
}

/** What must be the same from page to page (RFC 9865 §2); the size of pages need not be. */
function digest(list: string, query: ListQuery): string {
  const same = [list, query.filter ?? null, query.sortBy?.toLowerCase() ?? null, query.sortOrder];
  return createHash("sha256").update(JSON.stringify(same)).digest("base64url").slice(0, 22);
}
