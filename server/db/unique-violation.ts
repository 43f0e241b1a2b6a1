/**
 * The name of the unique index that a statement broke, or undefined when it failed for another reason.
 * SQLSTATE 23505; Sequelize wraps the error of node-postgres.
 */
export function brokenUniqueIndex(error: unknown): string | undefined {
  for (let cause: unknown = error, depth = 0; typeof cause === "object" && cause !== null && depth < 4; depth += 1) {
    if ("code" in cause && cause.code === "23505" && "constraint" in cause && typeof cause.constraint === "string") {
      return cause.constraint;
    }
    cause = "original" in cause ? cause.original : "cause" in cause ? cause.cause : undefined;
  }
  return undefined;
}
