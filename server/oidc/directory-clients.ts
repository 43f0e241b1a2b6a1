import { errors, Provider } from "oidc-provider";
import type { AdapterPayload, Client } from "oidc-provider";
import { selectDirectoryClient } from "../db/sql/directory-clients.ts";
import type { DirectoryClientRow } from "../db/sql/directory-clients.ts";
import type { Db } from "../db/connect.ts";
import { directoryScope } from "../directories/identify-bearer.ts";
import { isSecret } from "../kernel/secrets.ts";

/** Name of the metadata field that makes a client one of a directory, and says what it proves itself with. */
export const directoryClient = "directory_client";

type Proofs = Pick<DirectoryClientRow, "is_paused" | "credentials">;

/** The directory's client of a client id, as the provider's client metadata (RFC 7591 §2). */
export async function findDirectoryClient(db: Db, clientId: string, now: Date): Promise<AdapterPayload | undefined> {
  const row = await selectDirectoryClient(db, clientId, now);
  const newest = row?.credentials[0];
  // Without anything to prove itself with, a client is nobody.
  if (row === undefined || newest?.secret == null) return undefined;
  const proofs: Proofs = { is_paused: row.is_paused, credentials: row.credentials };
  return {
    client_id: row.client_id,
    client_name: row.name,
    token_endpoint_auth_method: "client_secret_basic",
    // The provider wants one to be there; which of them count, `provesItself` says.
    client_secret: newest.secret,
    redirect_uris: [],
    response_types: [],
    grant_types: ["client_credentials"],
    scope: directoryScope,
    [directoryClient]: proofs,
  };
}

/** What a client of a directory proves itself with; undefined for the client of an app. */
export function proofsOf(client: Client | undefined): Proofs | undefined {
  return client?.[directoryClient] as Proofs | undefined;
}

/**
 * Compares a secret with those of a directory's client, in constant time each, and remembers for the token of this
 * request which one it was.
 */
export function provesItself({ credentials }: Proofs, secret: string): boolean {
  const found = credentials.find((one) => one.secret !== null && isSecret(secret, Buffer.from(one.secret, "hex")));
  const ctx = Provider.ctx;
  if (found === undefined || ctx === undefined) return false;
  ctx.state[credentialOf] = found.id;
  return true;
}

const credentialOf = "directoryCredential";

/**
 * Makes the tokens of directories' clients what SCIM takes: of the one scope there is for them, asked for or not, since
 * many connectors have no field for a scope (RFC 6749 §3.3 lets a default stand for it); for no other API; and with the
 * name of the credential that they were given for, which they do not outlive.
 */
export function bindDirectoryTokens(provider: Provider): void {
  const { ClientCredentials } = provider;
  const names = ClientCredentials.IN_PAYLOAD;
  Object.defineProperty(ClientCredentials, "IN_PAYLOAD", { get: () => [...names, "credential"] });
  const { save } = ClientCredentials.prototype;
  ClientCredentials.prototype.save = async function (...given) {
    const proofs = proofsOf(this.client);
    if (proofs !== undefined) {
      if (proofs.is_paused) throw new errors.UnauthorizedClient("the directory is paused");
      if (this.aud !== undefined) throw new errors.InvalidTarget("a directory's client has access to SCIM alone");
      this.scope = directoryScope;
      const credential: unknown = Provider.ctx?.state[credentialOf];
      Object.assign(this, { credential });
    }
    return await save.apply(this, given);
  };
}
