import { booleanWords, groupCell, lineBreak, valueCell } from "../contract/account-columns.ts";
import type { AccountColumn, FileLanguage } from "../contract/account-columns.ts";
import { browserName } from "../sessions/browser-name.ts";
import type { Cell } from "../sheets/sheet.ts";
import { maskAddress } from "../users/mask-address.ts";

/** Turns a value of a row into a cell. */
export type CellReader = (value: unknown) => Cell;

interface Column {
  key: string;
  kind: AccountColumn["kind"];
  choices?: AccountColumn["choices"];
}

/** How the values of a column become cells, in the words of account-columns.ts. */
export function cellReader(column: Column, language: FileLanguage, showsAddresses: boolean): CellReader {
  const special = specials[column.key];
  if (special !== undefined) return special;
  if (column.key === "address" || column.key === "lastAddress") return showsAddresses ? asItIs : masked;
  if (column.key === "browser") return rememberedBrowser();
  switch (column.kind) {
    case "text":
    case "time":
    case "number":
    case "values":
      return asItIs;
    case "boolean": {
      const [yes, no] = [booleanWords.true[language], booleanWords.false[language]];
      // Attributes come as the text that they are in JSON.
      return (value) => (value === null ? null : value === true || value === "true" ? yes : no);
    }
    case "choice": {
      const words = new Map(Object.entries(column.choices ?? {}).map(([value, said]) => [value, said[language]]));
      return (value) => (typeof value === "string" ? (words.get(value) ?? value) : null);
    }
    case "lines": {
      const word = (item: unknown) =>
        typeof item === "boolean" ? booleanWords[item ? "true" : "false"][language] : String(item);
      return (value) => (Array.isArray(value) ? value.map(word).join(lineBreak) : null);
    }
    case "groups":
      return (value) =>
        (value as [string, string | null][] | null)?.map(([name, of]) => groupCell(name, of)).join(lineBreak) ?? null;
  }
}

const asItIs: CellReader = (value) => value as Cell;
const masked: CellReader = (value) => (typeof value === "string" ? maskAddress(value) : null);

interface Item {
  value: string;
  type?: string;
  primary?: boolean;
}

function itemsOf(list: unknown): Item[] {
  if (!Array.isArray(list)) return [];
  const isItem = (item: unknown): item is Item =>
    typeof item === "object" && item !== null && "value" in item && typeof item.value === "string" && item.value !== "";
  return list.filter(isItem);
}

/** The place of the one that has a column of its own: the primary one, else the first. */
function mainPlace(items: readonly Item[]): number {
  return Math.max(
    0,
    items.findIndex((item) => item.primary === true),
  );
}

function linesWithout(items: readonly Item[], place: number): Cell {
  const others = items.filter((_, at) => at !== place);
  return others.length === 0 ? null : others.map((item) => valueCell(item)).join(lineBreak);
}

const specials: Readonly<Record<string, CellReader>> = {
  otherEmails(value) {
    const [main, list] = (value as [string | null, unknown] | null) ?? [null, []];
    const items = itemsOf(list);
    return linesWithout(
      items,
      items.findIndex((item) => item.value === main),
    );
  },
  phone(value) {
    const items = itemsOf(value);
    return items[mainPlace(items)]?.value ?? null;
  },
  otherPhones(value) {
    const items = itemsOf(value);
    return linesWithout(items, mainPlace(items));
  },
};

/** Reading a User-Agent takes longer than all the rest of a row, and there are few different ones. */
function rememberedBrowser(): CellReader {
  const known = new Map<string, string | null>();
  return (value) => {
    if (typeof value !== "string") return null;
    let name = known.get(value);
    if (name === undefined) {
      if (known.size > 10_000) known.clear();
      name = browserName(value);
      known.set(value, name);
    }
    return name;
  };
}
