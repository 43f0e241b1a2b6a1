import { createHmac, randomBytes } from "node:crypto";
import type { Keyring } from "../kernel/keyring.ts";
import type { UserId } from "../kernel/ids.ts";

/** How many codes a set has, and from how few on people are warned. */
export const codesInSet = 10;
export const fewCodes = 3;

// Without letters that look like digits (Crockford's base32), so that a code can be read out.
const letters = "0123456789abcdefghjkmnpqrstvwxyz";

/** Makes a set of recovery codes of 80 random bits each: `abcd-efgh-jkmn-pqrs`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: codesInSet }, () => {
    const text = [...randomBytes(16)].map((byte) => letters[byte & 31]).join("");
    return (text.match(/.{4}/g) ?? []).join("-");
  });
}

/**
 * The forms in which a code may be kept, newest key first: a digest keyed by the house and salted by the account, so
 * that the database alone does not tell the codes (ASVS 6.5.2).
 */
export function recoveryHashes(keyring: Keyring, userId: UserId, code: string): Buffer[] {
  const plain = code
    .toLowerCase()
    .replace(/[^0-9a-z]/g, "")
    .replaceAll("o", "0")
    .replace(/[il]/g, "1");
  return keyring
    .signingKeys("recovery codes")
    .map((key) => createHmac("sha256", key).update(`${userId}\n${plain}`).digest());
}
