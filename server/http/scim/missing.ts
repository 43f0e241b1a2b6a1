import { quote, ScimError } from "#scim/messages/scim-error.ts";

/** The answer for what is not there, and for what another directory owns: ids cannot be probed. */
export function missing(kind: "User" | "Group", id: string): ScimError {
  return new ScimError(404, `There is no ${kind} with the id ${quote(id)} in this directory.`);
}
