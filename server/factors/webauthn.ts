import { webcrypto } from "node:crypto";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { decodeAttestationObject, isoBase64URL, isoCBOR } from "@simplewebauthn/server/helpers";
import { z } from "zod";
import type { PasskeyRow } from "../db/sql/passkeys.ts";

/** Who asks for passkeys: the public address of the house, whatever name a request came by. */
export interface RelyingParty {
  id: string;
  origin: string;
}

/** @returns undefined where the house has no name but an IP address: browsers make no passkeys for those */
export function relyingPartyOf(issuer: string): RelyingParty | undefined {
  const { hostname, origin } = new URL(issuer);
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  return isAddress ? undefined : { id: hostname, origin };
}

/** Ed25519, ECDSA with P-256, RSA PKCS#1 with SHA-256 (IANA COSE Algorithms): what authenticators have. */
const algorithms = [-8, -7, -257];
const timeout = 5 * 60_000;

/**
 * What the browser is told when a passkey is to be made (WebAuthn §5.4). No attestation is asked for: which make of
 * authenticator people use is their own business.
 *
 * @param owner.handle random: what the passkey knows its owner by
 * @param owner.known  passkeys that are there already, so that no authenticator gets two
 */
export async function creationOptions(
  party: RelyingParty,
  organization: string,
  owner: { handle: Buffer; username: string; displayName: string; known: readonly PasskeyRow[] },
  challenge: string,
): Promise<object> {
  return await generateRegistrationOptions({
    rpID: party.id,
    rpName: organization,
    userID: new Uint8Array(owner.handle),
    userName: owner.username,
    userDisplayName: owner.displayName,
    challenge: isoBase64URL.toBuffer(challenge),
    timeout,
    attestationType: "none",
    excludeCredentials: owner.known.map(descriptorOf),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    supportedAlgorithmIDs: algorithms,
  });
}

/**
 * What the browser is told when a passkey is to prove itself (WebAuthn §5.5).
 *
 * @param known which ones count; undefined: any that the person picks, who then has to unlock it too
 */
export async function requestOptions(
  party: RelyingParty,
  challenge: string,
  known?: readonly PasskeyRow[],
): Promise<object> {
  return await generateAuthenticationOptions({
    rpID: party.id,
    challenge: isoBase64URL.toBuffer(challenge),
    timeout,
    userVerification: known === undefined ? "required" : "preferred",
    ...(known === undefined ? {} : { allowCredentials: known.map(descriptorOf) }),
  });
}

function descriptorOf(passkey: PasskeyRow) {
  const transports = passkey.transports as ("usb" | "internal")[];
  return { id: passkey.credential_id.toString("base64url"), transports };
}

const encoded = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[\w-]+$/);

const credential = { id: encoded(1400), rawId: encoded(1400), type: z.literal("public-key") };

const attestation = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: encoded(8000),
    attestationObject: encoded(40_000),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .optional(),
  }),
});

const assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: encoded(8000),
    authenticatorData: encoded(8000),
    signature: encoded(8000),
    userHandle: encoded(200).nullish(),
  }),
});

/** What a browser answered, and from which passkey; not yet believed. */
export type Assertion = z.infer<typeof assertion>;

/** @returns undefined when it is none */
export function readAssertion(text: string): Assertion | undefined {
  return read(assertion, text);
}

function read<Shape extends z.ZodType>(shape: Shape, text: string): z.infer<Shape> | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON: the form was not sent by our script.
    return undefined;
  }
}

export interface NewPasskey {
  credentialId: Buffer;
  publicKey: Buffer;
  signCount: number;
  transports: string[];
  isBackupEligible: boolean;
  isBackedUp: boolean;
}

/**
 * Checks the answer to `creationOptions` (WebAuthn §7.1).
 *
 * @returns undefined when it is none, or not for this challenge and address
 */
export async function checkCreation(
  party: RelyingParty,
  challenge: string,
  text: string,
): Promise<NewPasskey | undefined> {
  const answer = read(attestation, text);
  if (answer === undefined) return undefined;
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: withoutStatement(answer),
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms,
    });
    if (!verified) return undefined;
    const { credential: made, credentialDeviceType, credentialBackedUp } = registrationInfo;
    return {
      credentialId: Buffer.from(made.id, "base64url"),
      publicKey: Buffer.from(made.publicKey),
      signCount: made.counter,
      transports: answer.response.transports ?? [],
      isBackupEligible: credentialDeviceType === "multiDevice",
      isBackedUp: credentialBackedUp,
    };
  } catch {
    // However the answer is wrong, it is not believed; what is wrong with it helps only whoever made it up.
    return undefined;
  }
}

/**
 * None was asked for, so a statement about the authenticator is dropped unread (WebAuthn §5.4.7, `none`): checking one
 * may fetch addresses that it names itself.
 */
function withoutStatement(answer: z.infer<typeof attestation>): RegistrationResponseJSON {
  const authData = decodeAttestationObject(isoBase64URL.toBuffer(answer.response.attestationObject)).get("authData");
  const bare = isoCBOR.encode(
    new Map<string, unknown>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", authData],
    ]) as Parameters<typeof isoCBOR.encode>[0],
  );
  const { clientDataJSON } = answer.response;
  return {
    id: answer.id,
    rawId: answer.rawId,
    type: answer.type,
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject: isoBase64URL.fromBuffer(bare) },
  };
}

export interface PasskeyUse {
  signCount: number;
  isBackedUp: boolean;
}

/**
 * Checks the answer to `requestOptions` (WebAuthn §7.2), all but the count of signatures, which the database compares.
 * For a passkey that nobody has the same work is done with a key that nobody has.
 *
 * @param isAlone whether it says by itself who somebody is. Then the person must have unlocked it, which makes it two
 *   factors, and it must know its owner (§7.2 step 6)
 * @returns undefined when it is not believed
 */
export async function checkAssertion(
  party: RelyingParty,
  challenge: string,
  answer: Assertion,
  passkey: PasskeyRow | undefined,
  isAlone: boolean,
): Promise<PasskeyUse | undefined> {
  const { clientDataJSON, authenticatorData, signature, userHandle } = answer.response;
  const response: AuthenticationResponseJSON = {
    id: answer.id,
    rawId: answer.rawId,
    type: answer.type,
    clientExtensionResults: {},
    response: { clientDataJSON, authenticatorData, signature },
  };
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      credential: {
        id: answer.id,
        publicKey: passkey === undefined ? await nobodysKey() : new Uint8Array(passkey.public_key),
        counter: 0,
      },
      requireUserVerification: isAlone,
    });
    if (!verified || passkey === undefined) return undefined;
    const isOwners = userHandle == null ? !isAlone : passkey.handle.equals(Buffer.from(userHandle, "base64url"));
    const isEligible = authenticationInfo.credentialDeviceType === "multiDevice";
    // Whether a key may be copied is decided when it is made (§6.1.3).
    if (!isOwners || isEligible !== passkey.is_backup_eligible) return undefined;
    return { signCount: authenticationInfo.newCounter, isBackedUp: authenticationInfo.credentialBackedUp };
  } catch {
    // However the answer is wrong, it is not believed; what is wrong with it helps only whoever made it up.
    return undefined;
  }
}

let nobodys: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** A P-256 key as COSE_Key (RFC 9053 §7.1.1), whose private half is gone. */
async function nobodysKey(): Promise<Uint8Array<ArrayBuffer>> {
  nobodys ??= (async () => {
    const pair = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const { x = "", y = "" } = await webcrypto.subtle.exportKey("jwk", pair.publicKey);
    return isoCBOR.encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, isoBase64URL.toBuffer(x)],
        [-3, isoBase64URL.toBuffer(y)],
      ]),
    );
  })();
  return await nobodys;
}

/**
 * What a proof by a passkey is called (RFC 8176 §2): a key that stays in one device is hardware-secured as far as can
 * be known without attestation; one that may be copied is not.
 */
export function passkeyMethods(passkey: Pick<PasskeyRow, "is_backup_eligible">): readonly string[] {
  return [passkey.is_backup_eligible ? "swk" : "hwk", "user", "mfa"];
}
