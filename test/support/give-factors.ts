import { generateSync } from "otplib";
import { insertPasskey } from "#server/db/sql/passkeys.ts";
import { beginEnrolment, enrollFactor } from "#server/factors/enroll-factor.ts";
import { newId } from "#server/kernel/ids.ts";
import type { UserId } from "#server/kernel/ids.ts";
import type { TestHouse } from "./house.ts";

/**
 * Gives a user an authenticator app with its recovery codes, and a passkey that no authenticator has: for pages and
 * lists, where nobody signs in with them.
 *
 * @returns the secret of the app
 */
export async function giveFactors(house: TestHouse, id: UserId, passkey = "Work laptop"): Promise<string> {
  const { now } = house.clock;
  const enrolment = beginEnrolment(house.keyring, id, "here", now);
  const code = generateSync({ secret: enrolment.secret, epoch: Math.floor(now.getTime() / 1000) });
  await house.as({ kind: "user", id, name: "", can: () => false }, async (work) => {
    await enrollFactor(work, house.keyring, id, enrolment, code);
    await insertPasskey(work.tx, {
      id: newId(now),
      userId: id,
      credentialId: Buffer.from(id),
      publicKey: Buffer.alloc(1),
      signCount: 0,
      transports: [],
      isBackupEligible: true,
      isBackedUp: true,
      name: passkey,
      now,
    });
  });
  return enrolment.secret;
}
