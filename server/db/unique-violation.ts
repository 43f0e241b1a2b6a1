/** What PostgreSQL says of a statement that failed. */
interface SqlError {
  code: string;
  constraint?: unknown;
  detail?: string;
}

/** The error of PostgreSQL behind an error, or undefined when it has another cause. Sequelize wraps that of node-postgres. */
export function sqlErrorOf(error: unknown): SqlError | undefined {
  for (let cause: unknown = error, depth = 0; typeof cause === "object" && cause !== null && depth < 4; depth += 1) {
    if ("code" in cause && typeof cause.code === "string" && /^[0-9A-Z]{5}$/.test(cause.code)) return cause as SqlError;
    cause = "original" in cause ? cause.original : "cause" in cause ? cause.cause : undefined;
  }
  return undefined;
}

/** The name of the unique index that a statement broke (SQLSTATE 23505), or undefined when it failed otherwise. */
export function brokenUniqueIndex(error: unknown): string | undefined {
  const found = sqlErrorOf(error);
  return found?.code === "23505" && typeof found.constraint === "string" ? found.constraint : undefined;
}
