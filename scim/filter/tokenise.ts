import { quote, refuse } from "../messages/scim-error.ts";

/** One piece of a filter. A `suffix` is the `.value` that follows the `]` of `emails[…].value`. */
export type Token =
  | { kind: "word"; text: string }
  | { kind: "suffix"; text: string }
  | { kind: "bracket"; text: "(" | ")" | "[" | "]" }
  /** `bare` is the text of what stands there without quotes. */
  | { kind: "literal"; value: string | number | boolean | null; bare?: string };

/** Longest filter, in characters. */
export const maxFilterLength = 8192;
/** Deepest nesting of brackets and `not`. */
export const maxFilterDepth = 64;
/** Most comparisons in one filter. */
export const maxFilterTerms = 200;

const compareOps: ReadonlySet<string> = new Set(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
const word = /^[A-Za-z$][\w$:./%-]*$/;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Cuts a filter into tokens, with the literals read as JSON (RFC 7644 §3.4.2.2 takes them from RFC 7159).
 *
 * @param bareValues whether `externalId eq jyoung` is read as if the value had quotes
 * @throws invalidFilter  too long, nested too deeply, too many terms, a bad string or character
 */
export function tokenise(text: string, bareValues = false): Token[] {
  if (text.length > maxFilterLength)
    throw refuse("invalidFilter", `the filter is longer than ${maxFilterLength} characters`);
  const tokens: Token[] = [];
  let depth = 0;
  let nots = 0;
  let terms = 0;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    const end = endOfToken(text, at);
    const piece = text.slice(at, end);
    const isValue = bareValues && isComparison(tokens);
    const token = isValue ? readValue(piece) : readToken(piece, tokens.at(-1), text.charAt(at - 1) === "]");
    tokens.push(token);
    at = end;

    if (token.kind === "bracket") depth += piece === "(" || piece === "[" ? 1 : -1;
    nots = isWord(token, "not") ? nots + 1 : token.kind === "bracket" ? nots : 0;
    if (depth + nots > maxFilterDepth)
      throw refuse("invalidFilter", `the filter is nested deeper than ${maxFilterDepth}`);
    if (token.kind === "literal" || isWord(token, "pr")) terms += 1;
    if (terms > maxFilterTerms) throw refuse("invalidFilter", `the filter has more than ${maxFilterTerms} comparisons`);
  }
  return tokens;
}

/** True for a word token with this text, in any case. */
export function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === "word" && token.text.toLowerCase() === text;
}

/** Whether a value must come next: a name and an operator stand before it. */
function isComparison(tokens: readonly Token[]): boolean {
  const [name, operator] = tokens.slice(-2);
  const isName = name?.kind === "word" || name?.kind === "suffix";
  return isName && operator?.kind === "word" && compareOps.has(operator.text.toLowerCase());
}

/** A value with or without quotes. Other quotes than JSON's stay a mistake: `'x'` must not look for the quotes, too. */
function readValue(piece: string): Token {
  if (/^["'()[\]]/.test(piece)) return readToken(piece, undefined, false);
  const literal = readLiteral(piece);
  return literal === undefined ? { kind: "literal", value: piece, bare: piece } : { ...literal, bare: piece };
}

function endOfToken(text: string, start: number): number {
  const char = text.charAt(start);
  if ("()[]".includes(char)) return start + 1;
  if (char !== '"') {
    let end = start;
    while (end < text.length && !/[\s()[\]"]/.test(text.charAt(end))) end += 1;
    return end;
  }
  for (let end = start + 1; end < text.length; end += 1) {
    if (text.charAt(end) === "\\") end += 1;
    else if (text.charAt(end) === '"') return end + 1;
  }
  throw refuse("invalidFilter", `a string has no end: ${quote(text.slice(start))}`);
}

function readToken(piece: string, before: Token | undefined, touchesBracket: boolean): Token {
  if (piece === "(" || piece === ")" || piece === "[" || piece === "]") return { kind: "bracket", text: piece };
  if (piece.startsWith('"')) return { kind: "literal", value: readString(piece) };
  const literal = readLiteral(piece);
  if (literal !== undefined) return literal;
  if (touchesBracket && before?.kind === "bracket" && piece.startsWith(".") && word.test(piece.slice(1))) {
    return { kind: "suffix", text: piece.slice(1) };
  }
  if (word.test(piece)) return { kind: "word", text: piece };
  throw refuse("invalidFilter", `the filter holds ${quote(piece)}, which is neither a name nor a value`);
}

function readLiteral(piece: string): (Token & { kind: "literal" }) | undefined {
  if (number.test(piece)) {
    const value = Number(piece);
    if (!Number.isFinite(value)) throw refuse("invalidFilter", `${quote(piece)} is too large a number`);
    return { kind: "literal", value };
  }
  const lower = piece.toLowerCase();
  // JSON knows small letters only, clients written in Python send True.
  if (lower === "true" || lower === "false") return { kind: "literal", value: lower === "true" };
  return lower === "null" ? { kind: "literal", value: null } : undefined;
}

function readString(piece: string): string {
  try {
    const value: unknown = JSON.parse(piece);
    if (typeof value === "string") return value;
  } catch {
    // Falls through to the refusal, which says the same in SCIM's words.
  }
  throw refuse("invalidFilter", `${quote(piece)} is not a JSON string`);
}
