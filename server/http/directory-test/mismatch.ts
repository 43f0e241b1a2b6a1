import { none, some } from "./move.ts";
import type { Wanted } from "./move.ts";

/**
 * The first place of an answer that is not as a client wants it.
 *
 * @param wanted values by JSON pointer (RFC 6901); names of schemas hold no slash and no tilde, so nothing is escaped
 */
export function mismatch(
  body: unknown,
  wanted: Readonly<Record<string, Wanted>>,
): { at: string; is: string; wanted: string } | undefined {
  for (const [pointer, want] of Object.entries(wanted)) {
    const value = valueAt(body, pointer);
    const isThere = value !== undefined && value !== null;
    const fits = want === some ? isThere : want === none ? !isThere : value === want;
    if (!fits) return { at: nameOf(pointer), is: written(value), wanted: written(want) };
  }
  return undefined;
}

function valueAt(body: unknown, pointer: string): unknown {
  let value = body;
  for (const part of pointer.split("/").slice(1)) {
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined;
  }
  return value;
}

/** As people write it: `Resources[0].active`. */
function nameOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part, at) => (/^\d+$/.test(part) ? `[${part}]` : `${at === 0 ? "" : "."}${part}`))
    .join("");
}

function written(value: unknown): string {
  if (value === some) return "…";
  if (value === none || value === undefined || value === null) return "∅";
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
