import type { z } from "zod";
import type { FieldProblem } from "#console/api/problem.ts";
import { say } from "#console/words/say.svelte.ts";

/** What the contract's schema finds wrong in a body, one line for each field, in the viewer's language. */
export function shapeProblems(schema: z.ZodType, body: unknown): FieldProblem[] {
  const result = schema.safeParse(body);
  if (result.success) return [];
  return result.error.issues.map((issue) => ({
    field: issue.path.map(String).join("."),
    code: "console.shape",
    message: sentence(issue),
  }));
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_small") {
    return Number(issue.minimum) <= 1 && issue.origin === "string"
      ? say.form.needed
      : say.form.atLeast(Number(issue.minimum));
  }
  if (issue.code === "too_big") {
    return issue.origin === "string" ? say.form.tooLong(Number(issue.maximum)) : say.form.atMost(Number(issue.maximum));
  }
  if (issue.code === "invalid_type" && issue.expected === "int") return say.form.wholeNumber;
  return say.form.notUnderstood;
}
