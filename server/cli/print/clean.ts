import { stripVTControlCharacters } from "node:util";

/** Names come from outside: they must neither move the cursor, nor begin a line, nor turn the order of letters. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, " ");
}
