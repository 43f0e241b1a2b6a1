export const columnNames = [
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
export type Column = (typeof columnNames)[number];

const usual: readonly Column[] = ["email", "status", "groups", "sessions", "lastActive", "created", "directory"];

/** The columns an administrator wants to see, in order; each browser remembers them for each administrator. */
export class ColumnChoice {
  shown = $state<Column[]>([...usual]);
  readonly #key: string;

  constructor(administrator: string | null) {
    this.#key = `gatehouse.users.columns.${administrator ?? "token"}`;
    const kept = (localStorage.getItem(this.#key) ?? "").split(",").filter(isColumn);
    if (kept.length > 0) this.shown = kept;
  }

  /** All columns in the order of the chooser: those shown first. */
  get all(): Column[] {
    return [...this.shown, ...columnNames.filter((name) => !this.shown.includes(name))];
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
  return columnNames.some((column) => column === name);
}
