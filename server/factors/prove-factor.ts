import { record } from "../audit/record.ts";
import { selectPasskeys, usePasskey } from "../db/sql/passkeys.ts";
import type { PasskeyRow } from "../db/sql/passkeys.ts";
import { countCodes, selectFactors, selectTotp, useCode, useStep } from "../db/sql/factors.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import type { UserId } from "../kernel/ids.ts";
import { readSetting } from "../settings/read-settings.ts";
import { readChallenge, useChallenge } from "./challenge.ts";
import { proveEmailCode } from "./email-code.ts";
import type { ProofWay } from "./read-factors.ts";
import { recoveryHashes } from "./recovery-codes.ts";
import { tellFactorChange } from "./tell-change.ts";
import { openTotp, totpStep } from "./totp.ts";
import { checkAssertion, passkeyMethods, readAssertion, relyingPartyOf } from "./webauthn.ts";
import type { PasskeyUse } from "./webauthn.ts";

/** What somebody shows for a second factor. */
export interface Proof {
  way: ProofWay;
  /** A code as typed; or what a browser answered for a passkey, as JSON. */
  answer: string;
  /** For a passkey: the ticket of the question. */
  ticket?: string | undefined;
}

/**
 * Says whether a proof is right, and uses it up: each counts once, whoever comes first (ASVS 6.5.1).
 * Counting the tries is the caller's. A wrong code by email is counted in the transaction: do not roll it back.
 *
 * @param place.signIn what a code by email was sent for
 * @param place.step what a passkey was asked for
 * @returns what the method is called (RFC 8176 §2, which knows no word for a recovery code or an email)
 */
export async function proveFactor(
  work: Work,
  house: Pick<House, "keyring" | "config">,
  userId: UserId,
  proof: Proof,
  place: { signIn: string; step: string },
): Promise<readonly string[] | undefined> {
  // open to all: who has the proof is who they say
  const { keyring } = house;
  switch (proof.way) {
    case "recovery": {
      if (!(await useCode(work.tx, userId, recoveryHashes(keyring, userId, proof.answer), work.now))) return undefined;
      await tellCodeUsed(work, userId);
      return ["mfa"];
    }
    case "totp": {
      const factor = await selectTotp(work.tx, userId);
      if (factor === undefined) return undefined;
      const step = totpStep(openTotp(keyring, factor.sealed), proof.answer, work.now);
      const isRight = step !== undefined && (await useStep(work.tx, factor.id, step, work.now));
      return isRight ? ["otp", "mfa"] : undefined;
    }
    case "email": {
      const factors = await selectFactors(work.tx, userId, await readSetting(work.tx, "factors.email"));
      if (!factors.some((factor) => factor.kind === "email")) return undefined;
      const isRight = (await proveEmailCode(work, keyring, userId, place.signIn, proof.answer)) !== undefined;
      return isRight ? ["email", "mfa"] : undefined;
    }
    case "passkey":
      return await provePasskey(work, house, userId, proof, place.step);
  }
}

/** A recovery code is for emergencies: its owner hears of each, so that one that was stolen does not go unnoticed. */
async function tellCodeUsed(work: Work, userId: UserId): Promise<void> {
  const codesLeft = await countCodes(work.tx, userId);
  record(work, {
    type: "factor.codeUsed",
    subject: { kind: "user", id: userId, name: work.actor.name },
    details: { codesLeft },
  });
  tellFactorChange(work, userId, "codeUsed", { codesLeft });
}

async function provePasskey(
  work: Work,
  house: Pick<House, "keyring" | "config">,
  userId: UserId,
  proof: Proof,
  place: string,
): Promise<readonly string[] | undefined> {
  const party = relyingPartyOf(house.config.issuer);
  const asked = readChallenge(house.keyring, proof.ticket ?? "", { use: "prove", place, userId }, work.now);
  const answer = readAssertion(proof.answer);
  if (party === undefined || asked === undefined || answer === undefined) return undefined;
  const passkey = (await selectPasskeys(work.tx, userId)).find(
    (one) => one.credential_id.toString("base64url") === answer.id,
  );
  const use = await checkAssertion(party, asked.challenge, answer, passkey, false);
  if (passkey === undefined || use === undefined || !(await useChallenge(work.tx, asked))) return undefined;
  return (await noteUse(work, passkey, use)) ? passkeyMethods(passkey) : undefined;
}

/**
 * Notes that a passkey was used, if it counts upwards. One that does not may have been copied out of its device: it
 * opens nothing, and the log says so.
 */
export async function noteUse(work: Work, passkey: PasskeyRow, use: PasskeyUse): Promise<boolean> {
  if (await usePasskey(work.tx, passkey.id, { ...use, now: work.now })) return true;
  record(work, {
    type: "factor.cloneSuspected",
    outcome: "failure",
    subject: { kind: "user", id: passkey.user_id, name: passkey.owner },
    details: { kind: "passkey", name: passkey.name, signCount: use.signCount },
  });
  return false;
}
