import type { Queryable } from "../queryable.ts";

export interface DirectoryClientRow {
  directory_id: string;
  client_id: string;
  name: string;
  is_paused: boolean;
  /** Those that have not expired, the newest first; hashes as hexadecimal text. */
  credentials: { id: string; secret: string | null; key: Record<string, unknown> | null; ends: string | null }[];
}

/**
 * The directory's client of a client id. Uses directory_clients_client_id_key, directories_pkey and
 * directory_client_credentials_directory; asked at every request to the provider, so that a change holds at once.
 */
export async function selectDirectoryClient(
  from: Queryable,
  clientId: string,
  now: Date,
): Promise<DirectoryClientRow | undefined> {
  return await from.row<DirectoryClientRow>(
    `select c.directory_id, c.client_id, d.name, d.paused_at is not null as is_paused,
       coalesce((select json_agg(json_build_object('id', k.id, 'secret', encode(k.secret_hash, 'hex'),
           'key', k.public_jwk, 'ends', k.expires_at) order by k.id desc)
         from directory_client_credentials k
         where k.directory_id = c.directory_id and (k.expires_at is null or k.expires_at > $2)), '[]') as credentials
     from directory_clients c join directories d on d.id = c.directory_id
     where c.client_id = $1`,
    [clientId, now],
  );
}

/** Takes away the tokens of a directory's client. Uses oidc_records_client. */
export async function deleteDirectoryTokens(to: Queryable, directoryId: string): Promise<number> {
  return await to.run(
    `delete from oidc_records where model = 'ClientCredentials' and client_id =
       (select client_id from directory_clients where directory_id = $1)`,
    [directoryId],
  );
}
