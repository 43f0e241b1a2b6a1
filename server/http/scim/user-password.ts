import type { PatchOperation } from "#scim/patch/read-patch.ts";
import type { JsonObject } from "#scim/schema/json.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { Work } from "../../db/work.ts";
import { preparePassword, setPassword } from "../../passwords/set-password.ts";
import type { CheckedPassword } from "../../passwords/set-password.ts";
import { endSessions } from "../../sessions/end-sessions.ts";
import type { UserId } from "../../kernel/ids.ts";
import type { Call } from "./call.ts";

type Person = Pick<UserRow, "display_name" | "username"> & Partial<UserRow>;

/**
 * Checks and hashes the password that a directory sent, before any transaction opens. A directory whose passwords are
 * not used may send one all the same: Okta makes up one for each new user.
 *
 * @returns undefined when there is nothing to set
 * @throws password.* what the policy says (U8)
 */
export async function prepareSentPassword(
  call: Call,
  password: unknown,
  person: Person,
): Promise<CheckedPassword | undefined> {
  if (typeof password !== "string" || password === "") return undefined;
  if (!call.directory.own_passwords) {
    call.note(["password: accepted and not used, as this directory's passwords are switched off"]);
    return undefined;
  }
  return await preparePassword(call.house.db, password, person);
}

/** Sets it on somebody who was there before: whoever knew the old one is signed out. */
export async function replacePassword(work: Work, id: UserId, password: CheckedPassword): Promise<void> {
  await setPassword(work, id, password, { isTemporary: false, event: "user.passwordSet" });
  await endSessions(work, id, "passwordChanged");
}

/** The last password among the operations of a PATCH, and the operations without any. */
export function splitPassword(operations: readonly PatchOperation[]): {
  password: unknown;
  others: PatchOperation[];
} {
  let password: unknown;
  const others = operations.filter((operation) => {
    const { target } = operation;
    if (target.extension !== undefined || target.attribute.name !== "password") return true;
    if (operation.op !== "remove") password = operation.value;
    return false;
  });
  return { password, others };
}

/** The password of a resource, and the resource without it. */
export function takePassword({ password, ...resource }: JsonObject): { password: unknown; resource: JsonObject } {
  return { password, resource };
}
