import { labelOf } from "#console/attributes/attribute-values.ts";
import type { Definition } from "#console/attributes/attribute-values.ts";
import { say } from "#console/words/say.svelte.ts";

const columnNames = [
  "email",
  "status",
  "groups",
  "sessions",
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

/** The columns an administrator wants to see, in order; each browser remembers them for each administrator. */
export class ColumnChoice {
  shown = $state<Column[]>([...usual]);
  readonly #key: string;

  constructor(administrator: string | null) {
    this.#key = keyOf(administrator);
    this.shown = [...rememberedColumns(administrator)];
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
    this.#keep([...usual]);
  }

  #keep(columns: Column[]): void {
    this.shown = columns;
    localStorage.setItem(this.#key, columns.join(","));
  }
}

function isColumn(name: string): name is Column {
  return columnNames.some((column) => column === name) || /^attribute:[\w-]+$/.test(name);
}
