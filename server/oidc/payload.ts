import { errors } from "oidc-provider";
import type { AdapterPayload } from "oidc-provider";

/**
 * What of an artefact goes into the database: all but the values that bear rights.
 *
 * @throws errors.InvalidRequest a text in it cannot be kept (U+0000, half a surrogate pair): PostgreSQL's jsonb has
 *   neither, and a client can put both into a parameter
 */
export function strip(model: string, id: string, payload: AdapterPayload): Record<string, unknown> {
  const { jti: _, ...kept } = payload;
  if (!isStorable(kept)) throw new errors.InvalidRequest("a parameter has characters that are not allowed");
  if (model !== "Interaction") return kept;
  const { cookie: __, ...session } = kept.session ?? {};
  return {
    ...kept,
    ...(kept.session && { session }),
    ...(kept.returnTo?.endsWith(`/${id}`) === true && { returnTo: kept.returnTo.slice(0, -id.length) }),
  };
}

/** The artefact as it was before `strip`, with the id that whoever asks has shown. */
export function restore(model: string, id: string, payload: Record<string, unknown>): AdapterPayload {
  const { browser: _, ...kept } = payload;
  const whole: AdapterPayload = { ...kept, jti: id };
  return model === "Interaction" && whole.returnTo?.endsWith("/") === true
    ? { ...whole, returnTo: whole.returnTo + id }
    : whole;
}

function isStorable(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\0") && value.isWellFormed();
  if (Array.isArray(value)) return value.every(isStorable);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).every(([key, item]) => isStorable(key) && isStorable(item));
  }
  return true;
}
