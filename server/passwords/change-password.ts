import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { selectCredential } from "../db/sql/credentials.ts";
import { selectUser } from "../db/sql/users.ts";
import { inWork } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { fitsHash } from "./hash.ts";
import { preparePassword, setPassword } from "./set-password.ts";

/**
 * Changes the own password (S8; ASVS 6.2.3: the current one is asked for). Other sessions end; the person gets a mail.
 * Guessing the current password is throttled by the door, as at sign-in.
 *
 * @param given.keepSession the session that goes on
 * @throws password.wrong password.* user.missing
 */
export async function changePassword(
  house: House,
  given: {
    userId: UserId;
    currentPassword: string;
    newPassword: string;
    keepSession?: string;
    requestId: string;
    address?: string;
    userAgent?: string;
  },
): Promise<void> {
  const user = await selectUser(house.db, given.userId);
  if (user === undefined) throw failure("user.missing");
  const actor = {
    kind: "user" as const,
    id: given.userId,
    name: user.display_name,
    can: () => false,
    ...(given.address === undefined ? {} : { address: given.address }),
    ...(given.userAgent === undefined ? {} : { userAgent: given.userAgent }),
  };
  const credential = await selectCredential(house.db, given.userId);
  if (!(await fitsHash(given.currentPassword, credential?.hash))) {
    await inWork(house, { actor, requestId: given.requestId }, async (work) => {
      const subject = { kind: "user" as const, id: user.id, name: user.display_name };
      record(work, { type: "user.passwordChanged", outcome: "failure", reason: "wrongPassword", subject });
    });
    throw failure("password.wrong", { field: "current_password" });
  }
  const password = await preparePassword(house.db, given.newPassword, user, "new_password");
  await inWork(house, { actor, requestId: given.requestId }, async (work) => {
    await setPassword(work, given.userId, password, { isTemporary: false, event: "user.passwordChanged" });
    await endSessions(work, given.userId, "passwordChanged", given.keepSession);
    addJob(work.tx, "password.tellChanged", {
      userId: given.userId,
      by: "self",
      ...(given.address === undefined ? {} : { address: given.address }),
    });
  });
}
