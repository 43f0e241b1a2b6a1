import { stripVTControlCharacters } from "node:util";

/** Names come from outside: on a terminal they must neither move the cursor, nor begin a line, nor turn the order of letters. */
export function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this takes out
  return stripVTControlCharacters(text).replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    " ",
  );
}
