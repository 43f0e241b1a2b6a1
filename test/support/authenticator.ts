import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";

/** What a page tells the browser, as far as an authenticator looks at it. */
export interface PasskeyOptions {
  challenge: string;
  rpId?: string;
  rp?: { id: string };
  user?: { id: string; name: string; displayName: string };
  allowCredentials?: { id: string }[];
  excludeCredentials?: { id: string }[];
  userVerification?: string;
}

/** What a test makes go wrong. */
export interface Oddities {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  /** Whether the person unlocked it. */
  isVerified?: boolean;
  count?: number;
  isBackedUp?: boolean;
  userHandle?: string;
  credentialId?: string;
  /** A statement about the make of the authenticator that cannot be true. */
  isAttested?: boolean;
}

/** An authenticator and a browser in code (WebAuthn §6): what they answer is what a form posts as `answer`. */
export interface Authenticator {
  credentialId: string;
  create(options: PasskeyOptions, odd?: Oddities): string;
  get(options: PasskeyOptions, odd?: Oddities): string;
}

/**
 * @param origin of the page
 * @param counts whether it counts its signatures; false: it says 0 each time, as synced passkeys do
 */
export function makeAuthenticator(origin: string, counts = true): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(16);
  const credentialId = id.toString("base64url");
  let count = 0;
  let handle = "";

  function clientData(type: string, challenge: string, odd: Oddities): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: odd.type ?? type,
        challenge: odd.challenge ?? challenge,
        origin: odd.origin ?? origin,
        crossOrigin: false,
      }),
    );
  }

  function authenticatorData(rpId: string, odd: Oddities, attested?: Buffer): Buffer {
    if (counts) count += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(odd.count ?? count);
    // User present, verified, backup eligible and backed up, attested data (§6.1).
    const verified = odd.isVerified === false ? 0 : 0x04;
    const backup = odd.isBackedUp === undefined ? 0 : odd.isBackedUp ? 0x18 : 0x08;
    const flags = 0x01 | verified | backup | (attested === undefined ? 0 : 0x40);
    return Buffer.concat([
      createHash("sha256")
        .update(odd.rpId ?? rpId)
        .digest(),
      Buffer.from([flags]),
      counter,
      attested ?? Buffer.alloc(0),
    ]);
  }

  return {
    credentialId,
    create(options, odd = {}) {
      handle = options.user?.id ?? "";
      const { x = "", y = "" } = publicKey.export({ format: "jwk" });
      const cose = isoCBOR.encode(
        new Map<number, number | Uint8Array>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, new Uint8Array(Buffer.from(x, "base64url"))],
          [-3, new Uint8Array(Buffer.from(y, "base64url"))],
        ]),
      );
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, cose]);
      const authData = new Uint8Array(authenticatorData(options.rp?.id ?? "", odd, attested));
      const statement = new Map<string, string | object | Uint8Array>([
        ["fmt", odd.isAttested === true ? "packed" : "none"],
        ["attStmt", new Map<string, unknown>(odd.isAttested === true ? [["x5c", [new Uint8Array(9)]]] : [])],
        ["authData", authData],
      ]);
      const attestationObject = isoCBOR.encode(statement as Parameters<typeof isoCBOR.encode>[0]);
      const response = {
        clientDataJSON: clientData("webauthn.create", options.challenge, odd).toString("base64url"),
        attestationObject: Buffer.from(attestationObject).toString("base64url"),
        transports: ["internal"],
      };
      return JSON.stringify({ id: credentialId, rawId: credentialId, type: "public-key", response });
    },
    get(options, odd = {}) {
      const authData = authenticatorData(options.rpId ?? "", odd);
      const data = clientData("webauthn.get", options.challenge, odd);
      const signed = Buffer.concat([authData, createHash("sha256").update(data).digest()]);
      const shownId = odd.credentialId ?? credentialId;
      const response = {
        clientDataJSON: data.toString("base64url"),
        authenticatorData: authData.toString("base64url"),
        signature: createSign("sha256").update(signed).sign(privateKey).toString("base64url"),
        userHandle: odd.userHandle ?? handle,
      };
      return JSON.stringify({ id: shownId, rawId: shownId, type: "public-key", response });
    },
  };
}
