import { createHash, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { failure } from "../contract/failure.ts";

/** A public key as the provider verifies with it (RFC 7517). */
export interface PublicJwk {
  kty: string;
  kid: string;
  use: "sig";
  [parameter: string]: unknown;
}

const leastRsaBits = 2048;

/**
 * Reads the public key of a client: PEM (a key or a certificate), a JWK, or a JWK set with one key in it. A key without
 * a name is named by its thumbprint (RFC 7638).
 *
 * @throws directory.keyInvalid none, or one that is private, of another kind than RSA, P-256 and Ed25519, or too short
 */
export function readPublicKey(text: string): PublicJwk {
  const { key, kid } = parse(text.trim());
  if (!isUsable(key)) throw invalid("The key must be RSA of 2,048 bits at least, P-256 or Ed25519.");
  const jwk = key.export({ format: "jwk" });
  return { ...jwk, kty: String(jwk.kty), kid: kid ?? thumbprint(jwk), use: "sig" };
}

function parse(text: string): { key: KeyObject; kid?: string | undefined } {
  if (/PRIVATE KEY/.test(text)) throw invalid("This is a private key. It stays with the client; give the public one.");
  try {
    if (!text.startsWith("{")) return { key: createPublicKey(text) };
    const parsed: unknown = JSON.parse(text);
    const jwk = isObject(parsed) && Array.isArray(parsed["keys"]) ? only(parsed["keys"]) : parsed;
    if (!isObject(jwk)) throw invalid();
    if ("d" in jwk || "k" in jwk)
      throw invalid("This is a private key. It stays with the client; give the public one.");
    const { kid } = jwk;
    const named = typeof kid === "string" && kid !== "" && kid.length <= 200 ? kid : undefined;
    return { key: createPublicKey({ key: jwk, format: "jwk" }), kid: named };
  } catch (error) {
    throw error instanceof Error && error.name === "Failure" ? error : invalid(undefined, error);
  }
}

function only(keys: unknown[]): unknown {
  if (keys.length !== 1) throw invalid("Give one key at a time.");
  return keys[0];
}

function isUsable(key: KeyObject): boolean {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") return modulusLength >= leastRsaBits;
  return key.asymmetricKeyType === "ed25519" || (key.asymmetricKeyType === "ec" && namedCurve === "prime256v1");
}

/** RFC 7638 §3: the required members by name, hashed. */
function thumbprint(jwk: Record<string, unknown>): string {
  const names = ["crv", "e", "kty", "n", "x", "y"].filter((name) => jwk[name] !== undefined);
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])));
  return createHash("sha256").update(text).digest("base64url");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(says?: string, cause?: unknown) {
  return failure("directory.keyInvalid", { field: "publicKey", ...(says && { says }), cause });
}
