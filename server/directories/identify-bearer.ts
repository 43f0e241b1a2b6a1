import type { Queryable } from "../db/queryable.ts";
import { selectBearer } from "../db/sql/scim-bearers.ts";
import type { UserId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { identifyDirectory } from "./identify-directory.ts";
import type { IdentifiedDirectory } from "./identify-directory.ts";

/** The scope of a directory: all of SCIM, for what the directory owns. Only the clients of directories can have it. */
export const directoryScope = "scim";

/** The scope of an app that may read the resource of whoever signed in, at /Me (RFC 7644 §3.11). */
export const personScope = "scim.me";

/** A person who is known by an access token that an app got for them. */
export interface IdentifiedPerson {
  id: UserId;
  /** Whether the app may know the groups of the person. */
  seesGroups: boolean;
  /** Which definitions of the organization's attributes hold. */
  attribute_version: number;
}

/** Who sent a bearer token, or why it opens nothing here. */
export type Bearer =
  | { kind: "directory"; directory: IdentifiedDirectory }
  | { kind: "person"; person: IdentifiedPerson }
  | { kind: "refused"; why: "unknown" | "bound" | "noDirectory" | "scopeMissing" };

// As `newSecret` makes it; access tokens of the provider are shorter and have no prefix.
const fixedToken = /^ghd_[\w-]{43}$/;

/**
 * Finds out who sent a bearer token: a directory with its own token or with an access token of its client, or a person
 * with an access token of an app. One statement either way.
 */
export async function identifyBearer(from: Queryable, token: string, now: Date): Promise<Bearer> {
  if (fixedToken.test(token)) {
    const directory = await identifyDirectory(from, token, now);
    return directory === undefined ? refused("unknown") : { kind: "directory", directory };
  }
  const row = await selectBearer(from, hashSecret(token), now);
  if (row === undefined) return refused("unknown");
  // What is for another API, or proves nothing without a key, is no bearer token for this one (RFC 8707, RFC 9449).
  if (row.is_bound) return refused("bound");
  const scopes = new Set(row.scope?.split(" "));
  if (row.model === "ClientCredentials") {
    const { directory_id: id, credential_id: token_id } = row;
    if (id === null || !scopes.has(directoryScope)) return refused("noDirectory");
    const { name, rate_limit, adopt, own_passwords, switches, paused_at, attribute_version, settings_version } = row;
    const directory = {
      id,
      name,
      rate_limit,
      adopt,
      own_passwords,
      switches,
      paused_at,
      token_id,
      token_over: false,
      test_id: null,
      attribute_version,
      settings_version,
    };
    return { kind: "directory", directory };
  }
  if (row.user_id === null || row.scim_me !== true || !scopes.has(personScope)) return refused("scopeMissing");
  return {
    kind: "person",
    person: { id: row.user_id, seesGroups: scopes.has("groups"), attribute_version: row.attribute_version },
  };
}

function refused(why: (Bearer & { kind: "refused" })["why"]): Bearer {
  return { kind: "refused", why };
}
