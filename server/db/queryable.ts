/** Somewhere a statement can be sent: a transaction, or the pool when a statement stands alone. */
export interface Queryable {
  /** Rows of a statement. Values are always binds, never part of the text. */
  rows<Row extends object>(text: string, binds?: readonly unknown[]): Promise<Row[]>;
  /** The first row, or undefined. */
  row<Row extends object>(text: string, binds?: readonly unknown[]): Promise<Row | undefined>;
  /** Number of rows that an INSERT, UPDATE or DELETE touched. */
  run(text: string, binds?: readonly unknown[]): Promise<number>;
}
