import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { consumeToken, dropOpenTokens, selectOpenToken } from "../db/sql/single-use-tokens.ts";
import { lockAdministrators } from "../db/sql/users.ts";
import { inWork, trusted } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import type { UserId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { preparePassword, setPassword } from "../passwords/set-password.ts";
import type { CheckedPassword } from "../passwords/set-password.ts";
import { adminRole } from "../permissions/read-role.ts";
import { createUser } from "../users/create-user.ts";
import { makeLink } from "./links.ts";

export interface FirstAdministrator {
  username: string;
  displayName: string;
  email: string;
  password: string;
  /** The secret of the set-up link; left out where the operator's own machine speaks. */
  secret?: string;
  requestId: string;
  address?: string;
  userAgent?: string;
}

/**
 * Makes the one-time link that leads to the page for the first administrator (C4). The newest few links work.
 *
 * @throws setup.done an administrator exists
 */
export async function makeSetupLink(house: House, requestId: string): Promise<string> {
  return await inWork(house, { actor: trusted("operator", "set-up"), requestId }, async (work) => {
    if ((await lockAdministrators(work.tx, adminRole)).length > 0) throw failure("setup.done");
    return (await makeLink(work.tx, house.config.issuer, "setup", null, work.now)).url;
  });
}

/** Whether a set-up link still works. @throws link.invalid */
export async function readSetupLink(house: House, secret: string): Promise<void> {
  const token = await selectOpenToken(house.db, "setup", hashSecret(secret), house.now());
  if (token === undefined) throw failure("link.invalid");
}

/**
 * Creates the first administrator, ready to sign in. With a link, it is used up in the same transaction, and
 * the others stop working.
 *
 * @throws link.invalid setup.done password.* user.*
 */
export async function setUpAdministrator(house: House, given: FirstAdministrator): Promise<UserId> {
  if (given.secret !== undefined) await readSetupLink(house, given.secret);
  const password = await preparePassword(house.db, given.password, {
    username: given.username,
    display_name: given.displayName,
    email: given.email,
  });
  const actor = {
    ...trusted("operator", "set-up"),
    ...(given.address === undefined ? {} : { address: given.address }),
    ...(given.userAgent === undefined ? {} : { userAgent: given.userAgent }),
  };
  return await inWork(
    house,
    { actor, requestId: given.requestId },
    async (work) => await makeFirstAdministrator(work, given, password),
  );
}

/**
 * The same with a password that was checked.
 *
 * @throws link.invalid setup.done user.*
 */
export async function makeFirstAdministrator(
  work: Work,
  given: Pick<FirstAdministrator, "username" | "displayName" | "email" | "secret">,
  password: CheckedPassword,
): Promise<UserId> {
  // open to all: who has the set-up link, or the operator's own machine
  // Servers that start together take turns, so that only one of them makes the first administrator.
  await work.tx.rows("select pg_advisory_xact_lock(7426191)");
  if ((await lockAdministrators(work.tx, adminRole)).length > 0) {
    if (given.secret === undefined) throw failure("setup.done");
    throw failure("link.invalid");
  }
  if (given.secret !== undefined) {
    const token = await consumeToken(work.tx, "setup", hashSecret(given.secret), work.now);
    if (token === undefined) throw failure("link.invalid");
  }
  await dropOpenTokens(work.tx, null, "setup");
  const id = await createUser(work, {
    username: given.username,
    displayName: given.displayName,
    roleId: adminRole,
    resource: { emails: [{ value: given.email, type: "work", primary: true }] },
  });
  await setPassword(work, id, password, { isTemporary: false, event: "user.passwordSet" });
  record(work, { type: "setup.completed", subject: { kind: "user", id, name: given.displayName } });
  return id;
}
