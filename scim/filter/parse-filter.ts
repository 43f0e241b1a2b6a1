import { parse, type Filter } from "scim2-parse-filter";
import { quote, refuse } from "../messages/scim-error.ts";
import { textFlaw } from "../schema/read-value.ts";
import { resolvePath, type ResolvedPath } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import { readCompare, readPresent, type Given } from "./check-terms.ts";
import type { FilterHabits, FilterNode } from "./filter-node.ts";
import { isWord, tokenise, type Token } from "./tokenise.ts";

/**
 * Parses a filter and resolves every name in it (RFC 7644 §3.4.2.2). Liberal where real clients need it:
 * `emails[type eq "work"].value eq "x"`, `not` without brackets, and what `habits` says. `x eq null` becomes
 * `not (x pr)` and `x ne null` becomes `x pr`.
 *
 * @throws invalidFilter  bad syntax, an unknown attribute, an operator or value that does not fit the
 *                        attribute, or a limit exceeded
 * @throws sensitive      a filter on a secret
 */
export function parseFilter(text: string, type: ResourceType, habits: FilterHabits = {}): FilterNode {
  return build(parseTree(text, habits), (name) => pathOfResource(name, type), habits);
}

/**
 * Parses what stands between the brackets of a value path of PATCH: names are those of one element.
 *
 * @param owner the attribute before the bracket
 * @throws invalidFilter  as `parseFilter` does
 */
export function parseElementFilter(text: string, owner: ResolvedPath, habits: FilterHabits = {}): FilterNode {
  return build(parseTree(text, habits), (name) => pathOfElement(name, owner), habits, owner);
}

interface Tree {
  filter: Filter;
  literals: readonly Given[];
}

// Stands for `$ref`, which the parser cannot read. No attribute begins with a digit.
const refAlias = "00ref";

function parseTree(text: string, { bareValues = true }: FilterHabits): Tree {
  const literals: Given[] = [];
  // The parser mangles escapes in strings and some numbers, so it gets to see their places in a list only.
  const pieces = moveSuffixes(tokenise(text, bareValues)).map((token) => {
    if (token.kind !== "literal") return token.text.replaceAll(/\$ref\b/gi, refAlias);
    if (typeof token.value === "string") checkText(token.value);
    literals.push(token);
    return `"${literals.length - 1}"`;
  });
  if (pieces.length === 0) throw refuse("invalidFilter", "the filter is empty");
  try {
    return { filter: parse(pieces.join(" ")), literals };
  } catch {
    // The parser's own message shows the places in the list, which would confuse.
    throw refuse("invalidFilter", `the filter cannot be parsed: ${quote(text)}`);
  }
}

function checkText(value: string): void {
  const flaw = textFlaw(value);
  if (flaw !== undefined) throw refuse("invalidFilter", `a string in the filter ${flaw}`);
}

/**
 * Entra ID filters by `emails[type eq "work"].value eq "x"`. The parser would take it for two separate
 * conditions, so the second one moves into the brackets: `emails[(type eq "work") and value eq "x"]`.
 */
function moveSuffixes(tokens: readonly Token[]): Token[] {
  const moved: Token[] = [];
  const opened: number[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (token.kind === "bracket" && token.text === "[") opened.push(moved.length);
    const start = token.kind === "bracket" && token.text === "]" ? opened.pop() : undefined;
    const suffix = tokens[at + 1];
    if (start === undefined || suffix?.kind !== "suffix") {
      moved.push(token);
      continue;
    }
    const length = isWord(tokens[at + 2], "pr") ? 2 : 3;
    const condition = tokens.slice(at + 1, at + 1 + length);
    moved.splice(start + 1, 0, { kind: "bracket", text: "(" });
    moved.push({ kind: "bracket", text: ")" }, { kind: "word", text: "and" }, ...condition, token);
    at += length;
  }
  return moved;
}

type Resolve = (name: string) => ResolvedPath;

function build({ filter, literals }: Tree, resolve: Resolve, habits: FilterHabits, owner?: ResolvedPath): FilterNode {
  const visit = (node: Filter): FilterNode => {
    switch (node.op) {
      case "and":
      case "or":
        return join(node.op, node.filters.map(visit));
      case "not":
        return { kind: "not", node: visit(node.filter) };
      case "[]": {
        if (owner !== undefined) throw refuse("invalidFilter", "brackets [ ] cannot hold brackets [ ]");
        const path = resolve(nameOf(node.attrPath));
        if (path.sub !== undefined || (path.attribute.type !== "complex" && !path.attribute.multiValued)) {
          throw refuse("invalidFilter", `${quote(node.attrPath)} has no parts for [ ] to select`);
        }
        const inside = build({ filter: node.valFilter, literals }, (name) => pathOfElement(name, path), habits, path);
        return { kind: "valuePath", path, node: inside };
      }
      case "pr":
        return readPresent(resolve(nameOf(node.attrPath)));
      default:
        return readCompare(resolve(nameOf(node.attrPath)), node.op, literals[Number(node.compValue)], habits);
    }
  };
  return visit(filter);
}

/** Flat lists: `(a and b) and c` is `a and b and c`. */
function join(kind: "and" | "or", nodes: FilterNode[]): FilterNode {
  return { kind, nodes: nodes.flatMap((node) => (node.kind === kind ? node.nodes : [node])) };
}

function nameOf(attrPath: string): string {
  return attrPath.replaceAll(refAlias, "$ref");
}

function pathOfResource(name: string, type: ResourceType): ResolvedPath {
  const path = resolvePath(name, type);
  if (path === undefined) throw refuse("invalidFilter", `${type.name} has no attribute ${quote(name)}`);
  return path;
}

function pathOfElement(name: string, owner: ResolvedPath): ResolvedPath {
  const { attribute } = owner;
  const lower = name.toLowerCase();
  if (attribute.type !== "complex" && lower === "value") return { ...owner, sub: undefined };
  const sub = attribute.subAttributes.get(lower);
  if (sub === undefined) throw refuse("invalidFilter", `${attribute.name} has no sub-attribute ${quote(name)}`);
  return { ...owner, sub };
}
