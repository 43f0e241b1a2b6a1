/**
 * What the log says of an error: its kind, message, code, constraint and stack. Everything else that libraries hang on
 * their errors stays out: Sequelize and PostgreSQL add the statement, its values and the rows that it met.
 */
export function describeError(error: Error): Record<string, unknown> {
  // Sequelize wraps what PostgreSQL said.
  const origin = "original" in error ? error.original : undefined;
  const code = textOf(error, "code") ?? textOf(origin, "code");
  const constraint = textOf(error, "constraint") ?? textOf(origin, "constraint");
  return {
    type: error.constructor.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(constraint === undefined ? {} : { constraint }),
    stack: stackOf(error),
    // A host with several addresses fails once for each, and the error over them has no message.
    ...(error instanceof AggregateError ? { errors: error.errors.filter(isError).map(describeError) } : {}),
  };
}

function textOf(from: unknown, field: "code" | "constraint"): string | number | undefined {
  if (typeof from !== "object" || from === null || !(field in from)) return undefined;
  const value = (from as Record<typeof field, unknown>)[field];
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

/** Stacks of the error and of its causes; a ring of causes ends at the third. */
function stackOf(error: Error, depth = 0): string {
  const own = error.stack ?? error.message;
  return isError(error.cause) && depth < 3 ? `${own}\ncaused by: ${stackOf(error.cause, depth + 1)}` : own;
}

function isError(value: unknown): value is Error {
  return value instanceof Error;
}
