import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts what is kept at rest and names the keys that sign cookies. The first key seals; every key opens. */
export interface Keyring {
  /** @param purpose separates uses: what was sealed for one is not opened for another */
  seal(purpose: string, clear: string): Buffer;
  /** @throws Error when no key opens it, or it was changed */
  open(purpose: string, sealed: Buffer): string;
  /** Keys for a keyed signature, newest first. */
  signingKeys(purpose: string): string[];
}

/**
 * Makes the keyring (AES-256-GCM, NIST SP 800-38D; keys derived by HKDF, RFC 5869).
 *
 * @param secrets SECRET_KEY, then SECRET_KEY_PREVIOUS while it is being replaced
 */
export function makeKeyring(secrets: readonly [string, ...string[]]): Keyring {
  // Purposes are names in the code, so these are few.
  const derived = new Map<string, Buffer>();
  const derive = (secret: string, purpose: string) => {
    const name = `${secret}\n${purpose}`;
    const key = derived.get(name) ?? Buffer.from(hkdfSync("sha256", secret, "gatehouse", purpose, 32));
    derived.set(name, key);
    return key;
  };
  return {
    seal(purpose, clear) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", derive(secrets[0], purpose), nonce);
      const body = Buffer.concat([cipher.update(clear, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(purpose, sealed) {
      for (const secret of secrets) {
        const clear = tryOpen(derive(secret, purpose), sealed);
        if (clear !== undefined) return clear;
      }
      throw new Error(
        `No key opens what was sealed for ${purpose}. Was SECRET_KEY changed without SECRET_KEY_PREVIOUS?`,
      );
    },
    signingKeys(purpose) {
      return secrets.map((secret) => derive(secret, purpose).toString("base64url"));
    },
  };
}

function tryOpen(key: Buffer, sealed: Buffer): string | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]).toString("utf8");
  } catch {
    // The tag does not fit: sealed by another key, or changed. The caller tries the next key and then says so.
    return undefined;
  }
}
