import type { DirectoryId, UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { recordIsLive } from "./oidc-records.ts";

/** An access token of the own provider, with all that its bearer may depend on. */
export interface BearerRow {
  model: "ClientCredentials" | "AccessToken";
  /** Scopes, separated by spaces. */
  scope: string | null;
  /** Whether the token is for another API, or of use only with a key. */
  is_bound: boolean;
  /** The directory whose client it was given to, while the client and what it proved itself with are there. */
  directory_id: DirectoryId | null;
  name: string;
  rate_limit: number | null;
  adopt: "username" | "email" | null;
  own_passwords: boolean;
  switches: Record<string, boolean>;
  paused_at: Date | null;
  credential_id: string;
  /** The person whom it was given for. */
  user_id: UserId | null;
  /** Whether the app that has the token may read the person's resource. */
  scim_me: boolean | null;
  attribute_version: number;
  settings_version: number;
}

const byAccessToken = prepared(
  `select r.model, r.payload ->> 'scope' as scope,
     r.payload -> 'aud' is not null or r.payload -> 'jkt' is not null or r.payload -> 'x5t#S256' is not null as is_bound,
     d.id as directory_id, d.name, d.rate_limit, d.adopt, d.own_passwords, d.switches, d.paused_at,
     k.id as credential_id, r.account_id as user_id, a.scim_me,
     (select version from attribute_version) as attribute_version,
     (select version from settings_version) as settings_version
   from oidc_records r
   left join users u on u.id = r.account_id
   left join sessions s on s.id = r.session_uid
   left join directory_clients c on r.model = 'ClientCredentials' and c.client_id = r.client_id
   left join directory_client_credentials k on k.directory_id = c.directory_id
     and k.id = (r.payload ->> 'credential')::uuid and (k.expires_at is null or k.expires_at > $2)
   left join directories d on d.id = k.directory_id
   left join apps a on r.model = 'AccessToken' and a.client_id = r.client_id
   where r.model in ('ClientCredentials', 'AccessToken') and r.id = $1 and r.consumed_at is null
     and ${recordIsLive("$2")}`,
);

/**
 * An access token that has not expired, whose person (if it has one) may use apps, whose grant is there and whose
 * session goes on: all in one statement, so that the end of any of them holds from its commit on.
 * Uses oidc_records_pkey, directory_clients_client_id_key, directory_client_credentials_pkey, directories_pkey,
 * users_pkey, sessions_pkey, apps_client_id_key.
 *
 * @param id SHA-256 of the token
 */
export async function selectBearer(from: Queryable, id: Buffer, now: Date): Promise<BearerRow | undefined> {
  return await from.row<BearerRow>(byAccessToken, [id, now]);
}
