import { Problem } from "./problem.ts";

/** Anything thrown, as a problem that a page can show; what is not one is a bug and goes to the browser's console. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  console.error(error);
  return new Problem({ code: "console.broken" });
}
