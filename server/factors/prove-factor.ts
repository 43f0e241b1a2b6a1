import { selectFactors, useCode, useStep } from "../db/sql/factors.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { recoveryHashes } from "./recovery-codes.ts";
import { openTotp, totpStep } from "./totp.ts";

/** How a second factor is proven. */
export type ProofWay = "totp" | "recovery";

/**
 * Says whether a code is right, and uses it up: each counts once, whoever asks first (ASVS 6.5.1).
 * Counting the tries is the caller's.
 */
export async function proveFactor(
  work: Work,
  keyring: Keyring,
  userId: UserId,
  way: ProofWay,
  code: string,
): Promise<boolean> {
  // open to all: who knows the code is who they say
  if (way === "recovery") {
    return await useCode(work.tx, userId, recoveryHashes(keyring, userId, code), work.now);
  }
  const factor = (await selectFactors(work.tx, userId)).find((row) => row.kind === "totp");
  if (factor === undefined) return false;
  const step = totpStep(openTotp(keyring, factor.sealed), code, work.now);
  return step !== undefined && (await useStep(work.tx, factor.id, step, work.now));
}
