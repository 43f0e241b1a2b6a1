import { quote, ScimError } from "#scim/messages/scim-error.ts";

/** The refusal of somebody who is not known; it says how to be (RFC 9110 §11.6.1, RFC 6750 §3). */
export class NotAuthenticated extends ScimError {
  readonly challenge: string;

  constructor(detail: string, error?: "invalid_token") {
    super(401, detail);
    this.challenge = `Bearer realm="scim"${error === undefined ? "" : `, error="${error}"`}`;
  }
}

/** The refusal of a method, with those that would do (RFC 9110 §15.5.6). */
export class WrongMethod extends ScimError {
  readonly allow: string;

  constructor(methods: readonly string[]) {
    super(405, `This address takes ${methods.join(", ")} only.`);
    this.allow = methods.join(", ");
  }
}

/** The answer for what is not there, and for what another directory owns: ids cannot be probed. */
export function missing(kind: "User" | "Group", id: string): ScimError {
  return new ScimError(404, `There is no ${kind} with the id ${quote(id)} in this directory.`);
}
