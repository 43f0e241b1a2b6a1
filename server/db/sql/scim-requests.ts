import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

/** A request as the log of its directory keeps it. */
export interface LoggedRequest {
  id: string;
  directory_id: string;
  at: Date;
  method: string;
  path: string;
  status: number;
  scim_type: string | null;
  detail: string | null;
  coercions: readonly string[];
  duration_ms: number;
  user_agent: string | null;
  sent: string | null;
  request_id: string;
}

const inserting = prepared(
  `insert into directory_requests
     (id, directory_id, at, method, path, status, scim_type, detail, coercions, duration_ms,
      user_agent, sent, request_id)
   select r.id, r.directory_id, r.at, r.method, r.path, r.status, r.scim_type, r.detail,
     array(select jsonb_array_elements_text(r.coercions)), r.duration_ms, r.user_agent, r.sent,
     r.request_id
   from jsonb_to_recordset($1) as r(id uuid, directory_id uuid, at timestamptz, method text, path text, status int,
     scim_type text, detail text, coercions jsonb, duration_ms int, user_agent text, sent text, request_id text)
   join directories d on d.id = r.directory_id`,
);

/** Writes many requests at once. Those of a directory that is gone meanwhile are left out. */
export async function insertRequests(to: Queryable, requests: readonly LoggedRequest[]): Promise<void> {
  await to.run(inserting, [JSON.stringify(requests)]);
}

/**
 * Notes when a directory was last heard of, and by which token or credential of its client.
 * Uses directory_tokens_pkey, directory_client_credentials_pkey and directories_pkey.
 */
export async function touchDirectory(to: Queryable, tokenId: string, at: Date): Promise<void> {
  await to.run(
    `with token as (update directory_tokens set last_used_at = $2 where id = $1 returning directory_id),
     credential as (update directory_client_credentials set last_used_at = $2 where id = $1 returning directory_id)
     update directories set last_request_at = $2
     where id in (select directory_id from token union all select directory_id from credential)`,
    [tokenId, at],
  );
}
