import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * Makes a bearer secret of 256 random bits, with a prefix that lets people and leak scanners tell what it is.
 *
 * @param prefix for example `ght` for a directory token; the answer reads `ght_…`
 */
export function newSecret(prefix?: string): string {
  const body = randomBytes(32).toString("base64url");
  return prefix === undefined ? body : `${prefix}_${body}`;
}

/**
 * The form in which a secret of full entropy is kept: SHA-256.
 * A slow hash is for what people choose; 256 random bits cannot be guessed from their digest.
 */
export function hashSecret(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}

/** Compares a secret with a kept digest in constant time. */
export function isSecret(secret: string, digest: Buffer): boolean {
  const own = hashSecret(secret);
  return own.length === digest.length && timingSafeEqual(own, digest);
}
