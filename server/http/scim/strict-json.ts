import { refuse } from "#scim/messages/scim-error.ts";
import { oddityOf } from "../shell/json-oddity.ts";

/**
 * Reads JSON and refuses what `JSON.parse` would read in a way of its own: a name that is given twice, of which only
 * the last would count, and `__proto__`.
 *
 * @throws invalidSyntax
 */
export function readStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse("invalidSyntax", `the body is not valid JSON${placeOf(error)}`);
  }
  const odd = oddityOf(text);
  if (odd !== undefined) throw refuse("invalidSyntax", `the body ${odd}`);
  return value;
}

// V8 quotes the text itself, which may hold a password; only the place is passed on.
function placeOf(error: unknown): string {
  const place = error instanceof Error ? /at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message) : null;
  return place === null ? "" : ` ${place[0]}`;
}
