import type { AdapterPayload } from "oidc-provider";
import type { Keyring } from "../kernel/keyring.ts";

const purpose = "device-codes";

/**
 * Keeps device codes out of the database in clear. The provider needs one back, to save it, where it knows only the code
 * that the person typed, and at the end of that person's sign-in; so it is kept encrypted there, beside its digest.
 */
export function sealDeviceCode(keyring: Keyring, model: string, id: string, payload: AdapterPayload): AdapterPayload {
  if (model === "Interaction" && payload.deviceCode !== undefined) {
    return { ...payload, deviceCode: seal(keyring, payload.deviceCode) };
  }
  if (model !== "DeviceCode") return payload;
  const { userCode: _, ...kept } = payload;
  return { ...kept, [sealedField]: seal(keyring, id) };
}

/** What was saved by `sealDeviceCode`, as the provider gave it. */
export function openDeviceCode(keyring: Keyring, model: string, payload: Record<string, unknown>): AdapterPayload {
  if (model === "Interaction" && typeof payload["deviceCode"] === "string") {
    return { ...payload, deviceCode: open(keyring, payload["deviceCode"]) };
  }
  const { [sealedField]: _, ...kept } = payload;
  return model === "DeviceCode" ? kept : payload;
}

/** The device code of a record that was found by its user code. */
export function deviceCodeOf(keyring: Keyring, payload: Record<string, unknown>): string {
  return open(keyring, String(payload[sealedField]));
}

const sealedField = "sealedCode";

function seal(keyring: Keyring, code: string): string {
  return keyring.seal(purpose, code).toString("base64url");
}

function open(keyring: Keyring, sealed: string): string {
  return keyring.open(purpose, Buffer.from(sealed, "base64url"));
}
