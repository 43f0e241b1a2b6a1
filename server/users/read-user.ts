import { valuesOf } from "../attributes/custom-values.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import type { AttributeValue } from "../contract/attributes.ts";
import { failure } from "../contract/failure.ts";
import { selectUser, selectUserByUsername } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import { isId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import type { Work } from "../db/work.ts";
import type { FactorKind } from "../contract/users.ts";
import { allow } from "../permissions/rules.ts";
import { readSettings } from "../settings/read-settings.ts";
import { factorLevel } from "./factor-level.ts";
import type { FactorLevel } from "./factor-level.ts";
import { userRules } from "./policy.ts";
import { targetOf } from "./update-user.ts";

/** What the details page shows beside the row. */
export interface UserExtras {
  groups: { id: string; name: string }[];
  directory: { id: string; name: string } | null;
  manager: { id: string; name: string } | null;
  session_count: number;
  device_count: number;
  factors: {
    id: string;
    kind: FactorKind;
    name: string | null;
    isBackedUp: boolean | null;
    createdAt: string;
    lastUsedAt: string;
  }[];
  /** What the policy asks of this user, where no app asks for more. */
  factor_level: FactorLevel;
  recovery_codes_left: number;
  /** Values of the organization's own attributes, by name. */
  attributes: Record<string, AttributeValue>;
  password_set_at: Date | null;
  password_is_temporary: boolean | null;
  password_expires_at: Date | null;
}

/**
 * A user with everything around it.
 *
 * @throws user.missing access.denied
 */
export async function readUser(work: Work, id: string): Promise<{ user: UserRow; extras: UserExtras }> {
  const user = isId(id) ? await selectUser(work.tx, id) : undefined;
  if (user === undefined) throw failure("user.missing");
  allow(userRules, work.actor, "user.read", targetOf(user));
  const settings = await readSettings(work.tx);
  // Uses group_members_user, sessions_user, devices_known, factors_user, passkeys_user, email_factors_pkey, credentials_in_use and primary keys; one round trip.
  const extras = await work.tx.row<Omit<UserExtras, "attributes" | "factor_level">>(
    `select
       coalesce((select json_agg(json_build_object('id', g.id, 'name', g.display_name) order by lower(g.display_name))
         from group_members m join groups g on g.id = m.group_id where m.user_id = u.id), '[]') as groups,
       (select json_build_object('id', d.id, 'name', d.name) from directories d where d.id = u.directory_id) as directory,
       (select json_build_object('id', b.id, 'name', b.display_name) from users b
         where b.id = case when m.value ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then m.value::uuid end
           and b.deleted_at is null) as manager,
       (select count(*)::int from sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > $2) as session_count,
       (select count(*)::int from devices d where d.user_id = u.id and d.removed_at is null) as device_count,
       coalesce((select json_agg(json_build_object('id', f.id, 'kind', f.kind, 'name', f.name, 'isBackedUp', f.is_backed_up,
           'createdAt', f.created_at, 'lastUsedAt', f.last_used_at) order by f.created_at)
         from enrolled_factors f where f.user_id = u.id and ($3 or f.kind <> 'email')), '[]') as factors,
       (select count(*)::int from recovery_codes c where c.user_id = u.id and c.used_at is null) as recovery_codes_left,
       (select c.created_at from credentials c where c.user_id = u.id and c.retired_at is null) as password_set_at,
       (select c.is_temporary from credentials c where c.user_id = u.id and c.retired_at is null) as password_is_temporary,
       (select c.expires_at from credentials c where c.user_id = u.id and c.retired_at is null) as password_expires_at
     from users u,
       lateral (select u.resource -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' -> 'manager' ->> 'value' as value) m
     where u.id = $1`,
    [user.id, work.now, settings["factors.email"]],
  );
  if (extras === undefined) throw failure("user.missing");
  const attributes = valuesOf(await readAttributes(work.tx), user.custom) as Record<string, AttributeValue>;
  const level = factorLevel(user, { requireFactor: false }, settings);
  return { user, extras: { ...extras, attributes, factor_level: level } };
}

/**
 * The id of the user that an operator names by username or id.
 *
 * @throws user.missing
 */
export async function resolveUser(work: Work, named: string): Promise<UserId> {
  const user = isId(named) ? await selectUser(work.tx, named) : await selectUserByUsername(work.tx, named);
  if (user === undefined)
    throw failure("user.missing", { says: `There is no account named ${JSON.stringify(named)}.` });
  return user.id;
}
