import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Liquid, toValueSync } from "liquidjs";
import type { Template } from "liquidjs";

/** What templates may do: the tags of Liquid, but none that repeats. No variable is a list, so nothing needs to. */
const tags = ["#", "assign", "block", "case", "comment", "if", "layout", "raw", "render", "unless"];

/** Filters that turn one text into another. `raw` is missing: what goes into html is always escaped. */
const filters = [
  "append",
  "capitalize",
  "default",
  "downcase",
  "escape",
  "prepend",
  "remove",
  "replace",
  "strip",
  "truncate",
  "upcase",
  "uri",
];

/** Pieces that templates may take in: with `render`, and the frame of html with `layout`. */
const pieces = ["button", "facts", "foot", "layout", "sign-in-facts"];

/** Where the templates lie that come with the house. */
export const templateFolder = join(import.meta.dirname, "templates");

// What one mail may cost, since templates come from administrators too.
const limits = { parseLimit: 200_000, renderLimit: 1_000, memoryLimit: 10_000_000 };

/** Liquid for texts without markup, such as the subject. */
export const asText = openLanguage({});
/** Liquid for html: every output is escaped. */
export const asHtml = openLanguage({ outputEscape: "escape" });

function openLanguage(options: { outputEscape?: "escape" }): Liquid {
  const language = new Liquid({
    ...options,
    ...limits,
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    cache: true,
    // Pieces lie in memory: a template has no way to the files of the machine.
    templates: Object.fromEntries(
      pieces.map((name) => [name, readFileSync(join(templateFolder, `${name}.liquid`), "utf8")]),
    ),
  });
  language.registerFilter("uri", (address: string) => encodeURI(address));
  for (const name of Object.keys(language.tags)) if (!tags.includes(name)) delete language.tags[name];
  for (const name of Object.keys(language.filters)) if (!filters.includes(name)) delete language.filters[name];
  return language;
}

/** Something of a template that is not allowed, and where it stands. */
export interface Misplaced {
  fault: "loop" | "unknownFile" | "unknownVariable";
  what: string;
  line: number;
  column: number;
}

/** What a template does that it must not, as far as that can be seen without running it. */
export function misplacedIn(language: Liquid, templates: Template[], variables: readonly string[]): Misplaced[] {
  const found: Misplaced[] = [];
  for (const tag of allTags(templates)) {
    const [line, column] = tag.token.getPosition() as [number, number];
    if (tag.name !== "render" && tag.name !== "layout") continue;
    const { file, forBinding } = tag as { file?: unknown; forBinding?: unknown };
    if (typeof file !== "string" || !pieces.includes(file)) {
      found.push({ fault: "unknownFile", what: typeof file === "string" ? file : tag.name, line, column });
    }
    // A loop too, and one over a range needs no list.
    if (forBinding !== undefined) found.push({ fault: "loop", what: "render … for", line, column });
  }
  for (const uses of Object.values(language.analyzeSync(templates, { partials: false }).globals)) {
    for (const use of uses) {
      const isPlain = use.segments.length === 1 && variables.includes(String(use.segments[0]));
      const { row: line, col: column } = use.location;
      if (!isPlain) found.push({ fault: "unknownVariable", what: use.toString(), line, column });
    }
  }
  return found.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

type Tag = Template & { name: string };

/** Every tag of a template, those within others too. */
function allTags(templates: Template[]): Tag[] {
  return templates.flatMap((template) => {
    const within = template.children === undefined ? [] : toValueSync(template.children(false, true) as never);
    const own = "name" in template && typeof template.name === "string" ? [template as Tag] : [];
    return [...own, ...allTags(within)];
  });
}
