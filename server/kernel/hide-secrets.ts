import { describeError } from "./describe-error.ts";

/** What stands in the log in place of a secret. */
export const hidden = "[hidden]";

const deepest = 6;

// Compared without case, hyphens and underscores, by their ends: `newPassword`, `client_secret`, `set-cookie`.
const secretEndings =
  /(?:password|passwd|secret|token|authorization|cookie|cookies|assertion|verifier|otp|pin|secretkey|privatekey|apikey)$/;

/** Fields whose text is an address, which may carry a token in its path or its query. */
const addressFields = new Set(["url", "uri", "href", "path", "originalurl", "location", "referer", "referrer", "link"]);

/**
 * A copy of what is to be logged, without what would let its reader in.
 * Fields are judged by their names; addresses lose every long random part.
 */
export function hideSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return hideInObject(fields, 0);
}

function hideInObject(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, hide(name, value, depth)]));
}

function hide(name: string, value: unknown, depth: number): unknown {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, "");
  if (isSecret(plain, value)) return hidden;
  if (typeof value === "string") return addressFields.has(plain) ? hideInAddress(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Error) return hideInObject(describeError(value), depth + 1);
  if (depth >= deepest) return "[deeper]";
  if (Array.isArray(value)) return value.map((item) => hide("", item, depth + 1));
  if ("toJSON" in value && typeof value.toJSON === "function") return value;
  return hideInObject(value, depth + 1);
}

function isSecret(plainName: string, value: unknown): boolean {
  if (value === undefined || value === null || typeof value === "boolean") return false;
  if (plainName === "code" || plainName === "codes") return !isReason(value);
  return secretEndings.test(plainName);
}

/** `code` is an authorization or one-time code, but also the name of an error: ECONNRESET, 23505, user.nameTaken. */
function isReason(code: unknown): boolean {
  if (typeof code !== "string") return typeof code === "number" && code < 1000;
  return /^(?:E[A-Z]+|ERR_[A-Z0-9_]+|[0-9A-Z]{5}|[a-z]+(?:[._][a-zA-Z]+)+)$/.test(code);
}

/** Keeps words and UUIDs of an address, and hides the parts that only a token has: 22 characters are 128 bits. */
function hideInAddress(address: string): string {
  return address
    .replaceAll(/[\w-]{22,}/g, (part) =>
      /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(part) || /^[a-z-]+$/.test(part) ? part : hidden,
    )
    .replaceAll(/([?&](?:code|state|token|id_token|user_code|login_hint)=)[^&#]+/g, `$1${hidden}`);
}
