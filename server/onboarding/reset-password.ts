import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Db } from "../db/connect.ts";
import type { UserRow } from "../db/sql/users.ts";
import { inWork } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";
import { preparePassword, setPassword } from "../passwords/set-password.ts";
import { allow } from "../permissions/rules.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { knowBrowser, linkOwner, pick } from "./activate-user.ts";
import type { UsedLink } from "./activate-user.ts";
import { readLink, useLink } from "./links.ts";

/**
 * Takes a request for a reset mail from someone who has not signed in. Whether the account exists is looked up later,
 * in the job, so the answer and its time are the same for everybody (ASVS 6.3.8).
 */
export async function requestReset(work: Work, login: string): Promise<void> {
  const key = `reset:${login.trim().toLowerCase().slice(0, 200)}`;
  addJob(work.tx, "reset.send", { login: login.trim().slice(0, 320), ...address(work.actor) }, { key });
}

/**
 * Sends the reset mail on behalf of an administrator (U10).
 *
 * @throws user.missing user.emailMissing access.denied
 */
export async function sendReset(work: Work, userId: UserId): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.invite", targetOf(user));
  if (user.email === null) throw failure("user.emailMissing", { field: "email" });
  addJob(work.tx, "reset.sendTo", { userId }, { key: `resetTo:${userId}` });
  record(work, { type: "user.resetSent", subject: { kind: "user", id: userId, name: user.display_name } });
}

function address(given: { address?: string }) {
  return given.address === undefined ? {} : { address: given.address };
}

/** What the reset page shows before a password is chosen. @throws link.invalid */
export async function readReset(db: Db, secret: string, now: Date): Promise<UserRow> {
  return await readLink(db, "reset", secret, now);
}

/**
 * Sets a new password by the link from the reset mail. Every session and token of the account ends; a second factor
 * is still asked for at the next sign-in.
 *
 * @throws link.invalid password.*
 */
export async function resetPassword(house: House, given: UsedLink): Promise<UserId> {
  const user = await readLink(house.db, "reset", given.secret, house.now());
  const password = await preparePassword(house.db, given.password, user, "new_password");
  return await inWork(house, { actor: linkOwner(user, pick(given)), requestId: given.requestId }, async (work) => {
    const owner = await useLink(work.tx, "reset", given.secret, work.now);
    await setPassword(work, owner.id, password, { isTemporary: false, event: "user.passwordReset" });
    await knowBrowser(work, owner.id, given);
    await endSessions(work, owner.id, "passwordChanged");
    addJob(work.tx, "password.tellChanged", { userId: owner.id, by: "reset", ...address(given) });
    return owner.id;
  });
}
