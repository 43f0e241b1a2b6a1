import { createHmac } from "node:crypto";
import { generateSecret, generateURI, verifySync } from "otplib";
import { renderSVG } from "uqr";
import type { Keyring } from "../kernel/keyring.ts";

/** What is kept of an authenticator app is sealed for this. */
export const totpPurpose = "authenticator app";

// RFC 4648 §6.
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Seconds of one time step (RFC 6238 §5.2). */
const period = 30;

/** Makes the secret of an authenticator app: 160 bits (RFC 4226 §4), base32. */
export function newTotpSecret(): string {
  return generateSecret({ length: 20 });
}

/**
 * A secret that is the same each time for one place, and known to nobody who does not have the house's key: a page that
 * is shown again, in another language or after a step back, still has the QR code that was scanned.
 */
export function totpSecretOf(keyring: Keyring, place: string): string {
  const [key = ""] = keyring.signingKeys("secrets of authenticator apps");
  const digest = createHmac("sha256", key).update(place).digest();
  return Array.from(digest, (byte) => base32[byte & 31]).join("");
}

/** The secret as a QR code: an SVG image in a data address, for an `img`. */
export function qrOf(secret: string, label: string, issuer: string): string {
  const uri = generateURI({ issuer, label, secret });
  return `data:image/svg+xml;base64,${Buffer.from(renderSVG(uri, { border: 4 })).toString("base64")}`;
}

/**
 * The time step that a code belongs to. One step either side is accepted: phones drift (RFC 6238 §5.2).
 * That a step counts once is the database's business.
 *
 * @param code as typed; spaces do not matter
 * @returns undefined when the code does not fit
 */
export function totpStep(secret: string, code: string, now: Date): number | undefined {
  const token = code.replace(/[\s-]/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = verifySync({ secret, token, epoch, epochTolerance: period });
  return result.valid && "timeStep" in result ? result.timeStep : undefined;
}

/** Opens the secret of an authenticator app. */
export function openTotp(keyring: Keyring, sealed: Buffer): string {
  return keyring.open(totpPurpose, sealed);
}
