/** Deepest nesting of a body. A SCIM bulk request of patches needs nine levels; deeper ones are meant to hurt. */
const deepest = 40;

/**
 * What is odd about a JSON text that `JSON.parse` reads in a way of its own: a name that is given twice, of which only
 * the last would count; `__proto__`; nesting that is meant to hurt. Walks through the text once, where only strings and
 * brackets matter.
 *
 * @param text known to be JSON
 * @returns a sentence that goes on after "the body", or undefined
 */
export function oddityOf(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === quoteMark) {
      const end = endOfString(text, at);
      const names = open.at(-1);
      const odd = names !== undefined && isName(text, end) ? addName(names, text.slice(at, end)) : undefined;
      if (odd !== undefined) return odd;
      at = end;
      continue;
    }
    if (char === openBrace || char === openBracket) {
      open.push(char === openBrace ? new Set() : undefined);
      if (open.length > deepest) return `is nested deeper than ${deepest} levels`;
    } else if (char === closeBrace || char === closeBracket) open.pop();
    at += 1;
  }
  return undefined;
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

function addName(names: Set<string>, literal: string): string | undefined {
  const name = literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (name === "__proto__") return 'has a member named "__proto__"';
  if (name.includes("\0")) return "has a name with the character U+0000 in it";
  if (names.has(name)) return `has ${JSON.stringify(name.slice(0, 100))} twice in one object`;
  names.add(name);
  return undefined;
}
