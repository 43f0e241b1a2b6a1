import { labelOf } from "#console/attributes/attribute-values.ts";
import type { Definition } from "#console/attributes/attribute-values.ts";
import type { Address } from "#console/list/address.ts";
import { say } from "#console/words/say.svelte.ts";

const columnNames = [
  "email",
  "status",
  "groups",
  "devices",
  "sessions",
  "factor",
  "lastActive",
  "created",
  "directory",
  "role",
  "signIns",
  "address",
  "id",
] as const;
/** A column of the user list beside the name, which is always there. */
export type Column = (typeof columnNames)[number] | AttributeColumn;
/** A column with the values of an attribute of the organization. */
type AttributeColumn = `attribute:${string}`;

/** The name of the attribute whose values a column shows. */
export function attributeIn(column: Column): string | undefined {
  return column.startsWith("attribute:") ? column.slice("attribute:".length) : undefined;
}

/** The head of a column; undefined for an attribute that is gone. */
export function headOf(column: Column, definitions: readonly Definition[]): string | undefined {
  const name = attributeIn(column);
  if (name === undefined) return say.columns.names[column as (typeof columnNames)[number]];
  const definition = definitions.find((one) => one.name === name);
  return definition === undefined ? undefined : labelOf(definition);
}

/** Where a browser remembers the columns of an administrator. */
function keyOf(administrator: string | null): string {
  return `gatehouse.users.columns.${administrator ?? "token"}`;
}

/** The columns that were chosen, as the browser remembers them. */
export function rememberedColumns(administrator: string | null): readonly Column[] {
  const kept = (localStorage.getItem(keyOf(administrator)) ?? "").split(",").filter(isColumn);
  return kept.length > 0 ? kept : usual;
}

const usual: readonly Column[] = ["email", "status", "groups", "sessions", "lastActive", "created", "directory"];

/** The columns that an address names, as that of a saved view does. */
export function columnsIn(url: Address): readonly Column[] | undefined {
  const named = (url.searchParams.get("columns") ?? "").split(",").filter(isColumn);
  return named.length > 0 ? [...new Set(named)] : undefined;
}

/**
 * The columns an administrator wants to see, in order: those that the address names, else those that this browser
 * remembers.
 */
export class ColumnChoice {
  #own = $state.raw<readonly Column[]>(usual);
  readonly #key: string;
  readonly #named: () => readonly Column[] | undefined;
  readonly #name: (columns: readonly Column[] | undefined) => void;

  /**
   * @param named the columns that the address names
   * @param name puts others into the address; undefined takes them out
   */
  constructor(
    administrator: string | null,
    named: () => readonly Column[] | undefined,
    name: (columns: readonly Column[] | undefined) => void,
  ) {
    this.#key = keyOf(administrator);
    this.#own = rememberedColumns(administrator);
    this.#named = named;
    this.#name = name;
  }

  get shown(): readonly Column[] {
    return this.#named() ?? this.#own;
  }

  /** All columns in the order of the chooser: those shown first, attributes last. */
  all(definitions: readonly Definition[]): Column[] {
    const attributes = definitions.map(({ name }): Column => `attribute:${name}`);
    return [...this.shown, ...[...columnNames, ...attributes].filter((name) => !this.shown.includes(name))];
  }

  toggle(column: Column): void {
    this.#keep(this.shown.includes(column) ? this.shown.filter((name) => name !== column) : [...this.shown, column]);
  }

  /** Moves a shown column one place; there is a button for it, since dragging is not for everyone. */
  move(column: Column, by: -1 | 1): void {
    const at = this.shown.indexOf(column);
    const to = at + by;
    if (at < 0 || to < 0 || to >= this.shown.length) return;
    const next = this.shown.toSpliced(at, 1);
    this.#keep(next.toSpliced(to, 0, column));
  }

  reset(): void {
    if (this.#named() === undefined) this.#keep(usual);
    else this.#name(undefined);
  }

  #keep(columns: readonly Column[]): void {
    if (this.#named() !== undefined) {
      this.#name(columns);
      return;
    }
    this.#own = columns;
    localStorage.setItem(this.#key, columns.join(","));
  }
}

function isColumn(name: string): name is Column {
  return columnNames.some((column) => column === name) || /^attribute:[\w-]+$/.test(name);
}
