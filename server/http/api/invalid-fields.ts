import type { z } from "zod";
import { failure } from "../../contract/failure.ts";
import type { Failure } from "../../contract/failure.ts";

/** The refusal for a request that does not fit its schema, with a sentence for each field. */
export function invalidFields(error: z.ZodError): Failure {
  const fields = error.issues.slice(0, 50).map((issue) => ({
    field: issue.path.join(".") || ("keys" in issue && Array.isArray(issue.keys) ? issue.keys.join(", ") : ""),
    code: "request.invalid",
    message: issue.message,
  }));
  const first = fields[0];
  if (first === undefined) return failure("request.invalid");
  const place = first.field === "" ? "The request" : first.field;
  return failure("request.invalid", { field: first.field, says: `${place}: ${first.message}.`, fields });
}
