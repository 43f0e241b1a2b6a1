import { quote, refuse } from "#scim/messages/scim-error.ts";

/** Deepest nesting of a body. A bulk request of patches needs nine levels; deeper ones are meant to hurt. */
const deepest = 40;

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
  checkNames(text);
  return value;
}

// V8 quotes the text itself, which may hold a password; only the place is passed on.
function placeOf(error: unknown): string {
  const place = error instanceof Error ? /at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message) : null;
  return place === null ? "" : ` ${place[0]}`;
}

/** Walks through a text that is known to be JSON: only strings and brackets matter. */
function checkNames(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === quoteMark) {
      const end = endOfString(text, at);
      const names = open.at(-1);
      if (names !== undefined && isName(text, end)) addName(names, text.slice(at, end));
      at = end;
      continue;
    }
    if (char === openBrace || char === openBracket) {
      open.push(char === openBrace ? new Set() : undefined);
      if (open.length > deepest) throw refuse("invalidSyntax", `the body is nested deeper than ${deepest} levels`);
    } else if (char === closeBrace || char === closeBracket) open.pop();
    at += 1;
  }
}

const [quoteMark, backslash, colon, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 58, 123, 125, 91, 93];

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    const char = text.charCodeAt(at);
    if (char === backslash) at += 1;
    else if (char === quoteMark) return at + 1;
  }
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (text.charCodeAt(at) <= 32) at += 1;
  return text.charCodeAt(at) === colon;
}

function addName(names: Set<string>, literal: string): void {
  const name = literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (name === "__proto__") throw refuse("invalidSyntax", 'the body has a member named "__proto__"');
  if (names.has(name)) throw refuse("invalidSyntax", `${quote(name)} is given twice in one object`);
  names.add(name);
}
