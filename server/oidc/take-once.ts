import type Provider from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { saveOnce } from "../db/sql/oidc-records.ts";
import { hashSecret } from "../kernel/secrets.ts";

/** A client may sign a statement that lasts for ages; it is remembered for a year. */
const longestMs = 365 * 86_400_000;

/**
 * Lets the name of a signed statement (a client's assertion, a DPoP proof) count once: of any number of requests that
 * show the same one at the same time exactly one goes on. The provider would look first and save then.
 */
export function takeOnce({ ReplayDetection }: Provider, db: Db): void {
  ReplayDetection.unique = async (issuer, name, exp) => {
    const id = hashSecret(JSON.stringify([issuer, name]));
    const now = new Date();
    const until = new Date(Math.min(exp * 1000, now.getTime() + longestMs));
    return (await saveOnce(db, "ReplayDetection", id, now, until)) === 1;
  };
}
