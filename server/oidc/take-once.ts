import type Provider from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { saveOnce } from "../db/sql/oidc-records.ts";
import { hashSecret } from "../kernel/secrets.ts";

/**
 * Lets the name of a signed statement (a client's assertion, a DPoP proof) count once: of any number of requests that
 * show the same one at the same time exactly one goes on. The provider would look first and save then.
 */
export function takeOnce({ ReplayDetection }: Provider, db: Db): void {
  ReplayDetection.unique = async (issuer, name, exp) => {
    const id = hashSecret(JSON.stringify([issuer, name]));
    return (await saveOnce(db, "ReplayDetection", id, new Date(), new Date(exp * 1000))) === 1;
  };
}
