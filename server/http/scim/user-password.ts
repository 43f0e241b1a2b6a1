import type { PatchOperation } from "#scim/patch/read-patch.ts";
import type { JsonObject } from "#scim/schema/json.ts";
import { selectCredential } from "../../db/sql/credentials.ts";
import { selectUser } from "../../db/sql/users.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { Work } from "../../db/work.ts";
import { fitsHash } from "../../passwords/hash.ts";
import { preparePassword, setPassword } from "../../passwords/set-password.ts";
import type { CheckedPassword } from "../../passwords/set-password.ts";
import { allow } from "../../permissions/rules.ts";
import { endSessions } from "../../sessions/end-sessions.ts";
import type { UserId } from "../../kernel/ids.ts";
import { primaryEmail } from "../../users/emails.ts";
import { userRules } from "../../users/policy.ts";
import { targetOf } from "../../users/update-user.ts";
import type { Call } from "./call.ts";
import { missing } from "./refusals.ts";

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

/**
 * The same for somebody who is there already. The password in use, sent again with whatever else changed, is no change:
 * nobody is signed out by it, and it is not looked for in the history.
 *
 * @param password null where the client takes it away, which it cannot
 * @throws ScimError 404
 * @throws access.denied before anything is compared: the answer must not tell whether a password was guessed
 * @throws password.* what the policy says (U8)
 */
export async function prepareOtherPassword(
  call: Call,
  id: string,
  password: unknown,
): Promise<CheckedPassword | undefined> {
  if (password === undefined) return undefined;
  const { house, directory } = call;
  const known = await selectUser(house.db, id);
  if (known?.directory_id !== directory.id) throw missing("User", id);
  if (typeof password !== "string" || password === "") {
    call.note(["password: cannot be taken away here, and stays"]);
    return undefined;
  }
  if (directory.own_passwords) {
    allow(userRules, call.actor, "user.setPassword", targetOf(known), "password");
    const inUse = await selectCredential(house.db, known.id);
    if (inUse !== undefined && (await fitsHash(password, inUse.hash))) return undefined;
  }
  return await prepareSentPassword(call, password, { ...known, email: primaryEmail(known.resource) });
}

/** Sets it on somebody who was there before: whoever knew the old one is signed out. */
export async function replacePassword(work: Work, id: UserId, password: CheckedPassword): Promise<void> {
  await setPassword(work, id, password, { isTemporary: false, event: "user.passwordSet" });
  await endSessions(work, id, "passwordChanged");
}

/** The last password among the operations of a PATCH, null where it is taken away, and the operations without any. */
export function splitPassword(operations: readonly PatchOperation[]): {
  password: unknown;
  others: PatchOperation[];
} {
  let password: unknown;
  const others = operations.filter((operation) => {
    const { target } = operation;
    if (target.extension !== undefined || target.attribute.name !== "password") return true;
    password = operation.op === "remove" ? null : operation.value;
    return false;
  });
  return { password, others };
}

/** The password of a resource, and the resource without it. */
export function takePassword({ password, ...resource }: JsonObject): { password: unknown; resource: JsonObject } {
  return { password, resource };
}
