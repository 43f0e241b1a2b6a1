import type { Db } from "../db/connect.ts";
import { noteOpened } from "../db/sql/onboardings.ts";
import type { UserRow } from "../db/sql/users.ts";
import { inWork } from "../db/work.ts";
import type { Actor, Work } from "../db/work.ts";
import { rememberBrowser } from "../devices/known-origins.ts";
import type { Origin } from "../devices/origin.ts";
import type { House } from "../house.ts";
import type { UserId } from "../kernel/ids.ts";
import { preparePassword, setPassword } from "../passwords/set-password.ts";
import { readLink, useLink } from "./links.ts";

/** A link from a mail, used to set a password. */
export interface UsedLink {
  secret: string;
  password: string;
  /** The browser in which it is used; undefined where there is none. */
  browser?: { deviceSecret: string; origin: Origin };
  requestId: string;
  address?: string;
  userAgent?: string;
}

/** The person themselves, known by a link that only their mailbox got. */
export function linkOwner(user: UserRow, from: { address?: string; userAgent?: string }): Actor {
  return { kind: "user", id: user.id, name: user.display_name, can: () => false, ...from };
}

/** What the activation page shows before a password is chosen. @throws link.invalid */
export async function readActivation(db: Db, secret: string, now: Date): Promise<UserRow> {
  const user = await readLink(db, "activation", secret, now);
  await noteOpened(db, user.id, now);
  return user;
}

/**
 * Activates an account: sets its first password by the link from the mail (O3, S8).
 * The password is checked and hashed first; the link is used up in the transaction that sets it.
 *
 * @throws link.invalid password.*
 */
export async function activateUser(house: House, given: UsedLink): Promise<UserId> {
  const user = await readLink(house.db, "activation", given.secret, house.now());
  const password = await preparePassword(house.db, given.password, user, "new_password");
  return await inWork(house, { actor: linkOwner(user, pick(given)), requestId: given.requestId }, async (work) => {
    const owner = await useLink(work.tx, "activation", given.secret, work.now);
    await setPassword(work, owner.id, password, { isTemporary: false, event: "user.activated" });
    await knowBrowser(work, owner.id, given);
    return owner.id;
  });
}

/** Remembers the browser in which a link was used: no other link is asked for there at the next sign-in (S3). */
export async function knowBrowser(work: Work, userId: UserId, { browser }: UsedLink): Promise<void> {
  if (browser === undefined) return;
  await rememberBrowser(work.tx, userId, browser.deviceSecret, browser.origin, work.now);
}

/** Address and browser of the request, where known. */
export function pick(given: { address?: string; userAgent?: string }): { address?: string; userAgent?: string } {
  return {
    ...(given.address === undefined ? {} : { address: given.address }),
    ...(given.userAgent === undefined ? {} : { userAgent: given.userAgent }),
  };
}
