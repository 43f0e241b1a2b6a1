import { decodeProtectedHeader } from "jose";
import { errors, Provider } from "oidc-provider";
import type { AdapterPayload, Client, KoaContextWithOIDC } from "oidc-provider";
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
  if (row === undefined || newest === undefined) return undefined;
  const { client_id, name, is_paused, credentials } = row;
  const proofs: Proofs = { is_paused, credentials };
  return {
    client_id,
    client_name: name,
    ...(newest.secret === null
      ? {
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: credentials.flatMap(({ key }) => (key === null ? [] : [key])) },
        }
      : // The provider wants one secret to be there; which of them count, `provesItself` says.
        { token_endpoint_auth_method: "client_secret_basic", client_secret: newest.secret }),
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

/** What the client of this request proved itself with, which the provider has checked. */
function usedCredential({ credentials }: Proofs, ctx: KoaContextWithOIDC | undefined): string | undefined {
  const assertion = ctx?.oidc.params?.["client_assertion"];
  if (typeof assertion !== "string") {
    const id: unknown = ctx?.state[credentialOf];
    return typeof id === "string" ? id : undefined;
  }
  const { kid } = decodeProtectedHeader(assertion);
  const keys = credentials.filter((one) => one.key !== null && (kid === undefined || one.key["kid"] === kid));
  // A signature that does not name its key may be of any: the one that ends first is right for all.
  return keys.toSorted((a, b) => endOf(a) - endOf(b))[0]?.id;
}

function endOf({ ends }: Proofs["credentials"][number]): number {
  return ends === null ? Number.POSITIVE_INFINITY : Date.parse(ends);
}

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
      Object.assign(this, { credential: usedCredential(proofs, Provider.ctx) });
    }
    return await save.apply(this, given);
  };
}
