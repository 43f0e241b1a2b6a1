import { randomBytes } from "node:crypto";
import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { insertPasskey, keepHandle, renamePasskey, selectPasskeys } from "../db/sql/passkeys.ts";
import { selectUser } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import { isId, newId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { readSetting } from "../settings/read-settings.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { newChallenge, readChallenge, useChallenge } from "./challenge.ts";
import { requireEnrollable, tellEnrolled } from "./enroll-factor.ts";
import { factorRules } from "./policy.ts";
import { checkCreation, creationOptions, relyingPartyOf } from "./webauthn.ts";

/** More than anybody has authenticators; a bound on what one account can keep. */
const mostPasskeys = 20;
const longestName = 60;

/** What a page needs to have a passkey made. */
export interface PasskeyOffer {
  /** For the browser's `navigator.credentials`. */
  options: object;
  ticket: string;
}

/**
 * Offers to make a passkey.
 *
 * @param place the step or session that the offer belongs to
 * @returns undefined where passkeys cannot be made (see relyingPartyOf)
 * @throws user.missing access.denied
 */
export async function offerPasskey(
  work: Work,
  house: Pick<House, "keyring" | "config">,
  userId: UserId,
  place: string,
): Promise<PasskeyOffer | undefined> {
  const party = relyingPartyOf(house.config.issuer);
  const user = await selectUser(work.tx, userId);
  if (user === undefined) throw failure("user.missing");
  allow(factorRules, work.actor, "factor.enroll", targetOf(user));
  if (party === undefined) return undefined;
  const { challenge, ticket } = newChallenge(house.keyring, { use: "add", place, userId }, work.now);
  const options = await creationOptions(
    party,
    await readSetting(work.tx, "organization.name"),
    {
      handle: await keepHandle(work.tx, userId, randomBytes(32)),
      username: user.username ?? "",
      displayName: user.display_name,
      known: await selectPasskeys(work.tx, userId),
    },
    challenge,
  );
  return { options, ticket };
}

/**
 * Adds the passkey that a browser has made (U11).
 *
 * @param given.response what the browser answered, as JSON
 * @param given.name what the person calls it
 * @param isDemanded whether the sign-in asks for it, whatever the policy for the user says
 * @returns the recovery codes, which are shown once; none when there are some already
 * @throws factor.passkeyRefused the answer is not to our question, or the question is too old or was answered
 * @throws factor.passkeyKnown factor.tooMany factor.nameInvalid factor.off access.denied
 */
export async function enrollPasskey(
  work: Work,
  house: Pick<House, "keyring" | "config">,
  userId: UserId,
  given: { place: string; ticket: string; response: string; name: string },
  isDemanded = false,
): Promise<string[]> {
  const user = await requireEnrollable(work, userId, isDemanded);
  const name = checkName(given.name);
  if ((await selectPasskeys(work.tx, userId)).length >= mostPasskeys) throw failure("factor.tooMany");
  const party = relyingPartyOf(house.config.issuer);
  const ceremony = { use: "add" as const, place: given.place, userId };
  const asked = readChallenge(house.keyring, given.ticket, ceremony, work.now);
  const made = party && asked && (await checkCreation(party, asked.challenge, given.response));
  if (asked === undefined || made === undefined || !(await useChallenge(work.tx, asked))) {
    throw failure("factor.passkeyRefused");
  }
  const added = await insertPasskey(work.tx, { ...made, id: newId(work.now), userId, name, now: work.now });
  if (added === 0) throw failure("factor.passkeyKnown");
  return await tellEnrolled(work, house.keyring, user, { kind: "passkey", name });
}

/**
 * Gives an own passkey another name.
 *
 * @throws factor.missing factor.nameInvalid access.denied
 */
export async function nameFactor(work: Work, userId: UserId, id: string, name: string): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(factorRules, work.actor, "factor.enroll", targetOf(user));
  const given = checkName(name);
  const before = (await selectPasskeys(work.tx, userId)).find((one) => one.id === id);
  if (before === undefined || !isId(id)) throw failure("factor.missing");
  if (before.name === given) return;
  await renamePasskey(work.tx, userId, id, given);
  record(work, {
    type: "factor.renamed",
    subject: { kind: "user", id: userId, name: user.display_name },
    changes: { name: { from: before.name, to: given } },
    details: { kind: "passkey" },
  });
}

function checkName(name: string): string {
  const trimmed = name.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  if (trimmed === "" || [...trimmed].length > longestName) throw failure("factor.nameInvalid", { field: "name" });
  return trimmed;
}
