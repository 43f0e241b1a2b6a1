import { newId } from "#server/kernel/ids.ts";
import { regularRole } from "#server/permissions/read-role.ts";
import { bodyOf } from "./body-of.ts";
import type { Subject } from "./subject.ts";

/**
 * What POST /Users leaves behind, put in by node-postgres alone: the user, both events and the job of the activation
 * mail, in one prepared statement, which is the quickest way that was found. No HTTP, no JSON to read, no checks.
 */
export async function insertRaw({ raw, installation, next }: Subject): Promise<void> {
  const n = next();
  const { userName, displayName, externalId, name, schemas: _, active: _active, ...resource } = bodyOf(n) as RawBody;
  const { givenName, familyName, formatted } = name;
  const now = new Date();
  const id = newId(now);
  const details = { username: userName, email: userName, externalId, roleId: regularRole, isActive: true };
  await raw.query({
    name: "raw",
    text: statement,
    values: [
      id,
      userName,
      displayName,
      givenName,
      familyName,
      userName,
      installation.directoryId,
      externalId,
      JSON.stringify({ name: { formatted }, ...resource }),
      now,
      newId(now),
      newId(now),
      JSON.stringify(details),
      JSON.stringify({ userId: id }),
      `activation:${id}`,
      newId(now),
    ],
  });
}

interface RawBody extends Record<string, unknown> {
  userName: string;
  displayName: string;
  externalId: string;
  name: { givenName: string; familyName: string; formatted: string };
}

const statement = `with made as (
    insert into users
      (id, username, display_name, given_name, family_name, email, directory_id, external_id, resource, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
  ), told as (
    insert into events
      (id, at, type, actor_kind, actor_id, actor_name, subject_kind, subject_id, subject_name, details, address, request_id)
    values
      ($11, $10, 'user.created', 'directory', $7::uuid::text, 'Benchmark', 'user', $1::uuid::text, $3, $13, '127.0.0.1', $16),
      ($12, $10, 'user.activationSent', 'directory', $7::uuid::text, 'Benchmark', 'user', $1::uuid::text, $3, null, '127.0.0.1', $16)
  )
  select graphile_worker.add_job('activation.send', $14::json, max_attempts := 10, job_key := $15)`;
