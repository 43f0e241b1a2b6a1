/**
 * Roles that a table has anyway. As cards on a phone its parts are blocks, and browsers then forget that it is a table;
 * written out, screen readers keep it.
 */
export const roles = { table: "table", rows: "rowgroup", row: "row" } as const;
