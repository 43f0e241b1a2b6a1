import type { DirectoryId, RoleId, UserId } from "../../kernel/ids.ts";
import type { RoleFactorPolicy } from "../../contract/permissions.ts";
import type { FactorKind, FactorRule, ProtectionSwitch, Status } from "../../contract/users.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

/** A user as the commands hold it. */
export interface UserRow {
  id: UserId;
  username: string | null;
  display_name: string;
  given_name: string | null;
  family_name: string | null;
  email: string | null;
  role_id: RoleId;
  locale: string | null;
  time_zone: string | null;
  marketing_consent: boolean;
  directory_id: DirectoryId | null;
  external_id: string | null;
  resource: Record<string, unknown>;
  /** Values of the organization's own attributes, by their numbers. */
  custom: Record<string, unknown>;
  onboarded_at: Date | null;
  blocked_at: Date | null;
  disabled_at: Date | null;
  deleted_at: Date | null;
  status: Status;
  sign_in_count: number;
  last_active_at: Date | null;
  last_address: string | null;
  /** Null: the default of the organization; 0: none. */
  device_limit: number | null;
  /** Null: as the policy of the organization says. */
  factor_rule: FactorRule | null;
  /** Account protection; null: as the organization says. */
  protection: ProtectionSwitch | null;
  /** Whether the account may be used through a connection. */
  allows_sso: boolean;
  /** Null: the strongest that is enrolled. */
  default_factor: FactorKind | null;
  /** When the primary email last changed; null: never since the account was made. */
  email_changed_at: Date | null;
  version: string;
  created_at: Date;
  updated_at: Date;
  role_name: string;
  role_permissions: string[];
  /** Null: as the organization says; a role only asks for more. */
  role_factor_policy: RoleFactorPolicy | null;
}

const columns = `u.id, u.username, u.display_name, u.given_name, u.family_name, u.email, u.role_id, u.locale, u.time_zone,
  u.marketing_consent, u.directory_id, u.external_id, u.resource, u.custom, u.onboarded_at, u.blocked_at, u.disabled_at, u.deleted_at,
  u.status, u.sign_in_count, u.last_active_at, host(u.last_address) as last_address, u.device_limit, u.factor_rule, u.protection,
  u.allows_sso, u.default_factor, u.email_changed_at, u.version, u.created_at, u.updated_at,
  r.name as role_name, r.permissions as role_permissions, r.factor_policy as role_factor_policy`;

const byId = prepared(
  `select ${columns} from users u join roles r on r.id = u.role_id where u.id = $1 and u.deleted_at is null`,
);

/** One user that is not deleted, by id. Uses users_pkey. */
export async function selectUser(from: Queryable, id: string): Promise<UserRow | undefined> {
  return await from.row<UserRow>(byId, [id]);
}

const locking = prepared(
  `select ${columns} from users u join roles r on r.id = u.role_id where u.id = $1 and u.deleted_at is null for update of u`,
);

/** The same, locked until the transaction ends, so that two changes of one user follow each other. Uses users_pkey. */
export async function lockUser(from: Queryable, id: string): Promise<UserRow | undefined> {
  return await from.row<UserRow>(locking, [id]);
}

/** One user by username, in any case. Uses users_username_key (lower(username)). */
export async function selectUserByUsername(from: Queryable, username: string): Promise<UserRow | undefined> {
  return await from.row<UserRow>(
    `select ${columns} from users u join roles r on r.id = u.role_id where lower(u.username) = lower($1)`,
    [username],
  );
}

const selectingMany = prepared(
  `select ${columns} from users u join roles r on r.id = u.role_id
   where u.id = any($1::uuid[]) and u.deleted_at is null order by u.id`,
);
const lockingMany = prepared(
  `select ${columns} from users u join roles r on r.id = u.role_id
   where u.id = any($1::uuid[]) and u.deleted_at is null order by u.id for update of u`,
);

/** Several users that are not deleted. Uses users_pkey. */
export async function selectUsers(from: Queryable, ids: readonly string[]): Promise<UserRow[]> {
  return ids.length === 0 ? [] : await from.rows<UserRow>(selectingMany, [ids]);
}

/** The same, locked in the order of their ids until the transaction ends. Uses users_pkey. */
export async function lockUsers(from: Queryable, ids: readonly string[]): Promise<UserRow[]> {
  return ids.length === 0 ? [] : await from.rows<UserRow>(lockingMany, [ids]);
}

/** A user as a sign-in begins with: the password in use and the kinds of second factors. */
export interface SigningUserRow extends UserRow {
  credential_id: string | null;
  credential_hash: string | null;
  credential_is_temporary: boolean | null;
  credential_created_at: Date | null;
  credential_expires_at: Date | null;
  factor_kinds: FactorKind[];
}

const byLogin = prepared(
  `select ${columns}, c.id as credential_id, c.hash as credential_hash, c.is_temporary as credential_is_temporary,
     c.created_at as credential_created_at, c.expires_at as credential_expires_at,
     array(select distinct f.kind from enrolled_factors f where f.user_id = u.id) as factor_kinds
   from users u join roles r on r.id = u.role_id
     left join credentials c on c.user_id = u.id and c.retired_at is null
   where u.id = coalesce(
     (select n.id from users n where lower(n.username) = lower($1)),
     (select case when count(*) = 1 then (array_agg(e.id))[1] end from (
       select id from users where lower(email) = lower($1) and deleted_at is null limit 2) e))`,
);

/**
 * The user that a person means who types a username or email at the door. A username wins; an email counts only when
 * one account alone has it. Uses users_username_key, users_email, users_pkey, credentials_in_use.
 */
export async function selectUserByLogin(from: Queryable, login: string): Promise<SigningUserRow | undefined> {
  return await from.row<SigningUserRow>(byLogin, [login]);
}

export interface NewUserRow {
  id: UserId;
  username: string;
  displayName: string;
  givenName: string | null;
  familyName: string | null;
  email: string | null;
  roleId: RoleId;
  locale: string | null;
  timeZone: string | null;
  marketingConsent: boolean;
  protection: ProtectionSwitch | null;
  directoryId: DirectoryId | null;
  externalId: string | null;
  resource: Record<string, unknown>;
  custom: Record<string, unknown>;
  onboardedAt: Date | null;
  blockedAt: Date | null;
  disabledAt: Date | null;
  deviceLimit: number | null;
  factorRule: FactorRule | null;
  allowsSso: boolean;
  now: Date;
}

/** The columns of a new user, in the order of their binds. */
export const newUserColumns = [
  "id",
  "username",
  "display_name",
  "given_name",
  "family_name",
  "email",
  "role_id",
  "locale",
  "time_zone",
  "marketing_consent",
  "protection",
  "directory_id",
  "external_id",
  "resource",
  "custom",
  "onboarded_at",
  "blocked_at",
  "disabled_at",
  "device_limit",
  "factor_rule",
  "allows_sso",
  "created_at",
  "updated_at",
];

/** The binds of a new user. */
export function newUserBinds(user: NewUserRow): unknown[] {
  return [
    user.id,
    user.username,
    user.displayName,
    user.givenName,
    user.familyName,
    user.email,
    user.roleId,
    user.locale,
    user.timeZone,
    user.marketingConsent,
    user.protection,
    user.directoryId,
    user.externalId,
    JSON.stringify(user.resource),
    JSON.stringify(user.custom),
    user.onboardedAt,
    user.blockedAt,
    user.disabledAt,
    user.deviceLimit,
    user.factorRule,
    user.allowsSso,
    user.now,
    user.now,
  ];
}

const insertion = prepared(`insert into users (${newUserColumns.join(", ")})
  values (${newUserColumns.map((_, index) => `$${index + 1}`).join(", ")})`);

/** Adds a user. A username or externalId that is taken breaks users_username_key or users_external_id_key. */
export async function insertUser(to: Queryable, user: NewUserRow): Promise<void> {
  await to.run(insertion, newUserBinds(user));
}

const insertionOfMany = prepared(
  `insert into users (${newUserColumns.join(", ")}) select ${newUserColumns.join(", ")}
   from jsonb_populate_recordset(null::users, $1::jsonb)`,
);

/** The same for several users in one statement. */
export async function insertUsers(to: Queryable, users: readonly NewUserRow[]): Promise<void> {
  const rows = users.map((user) => {
    const binds = newUserBinds({ ...user, resource: {}, custom: {} });
    const row = Object.fromEntries(newUserColumns.map((column, at) => [column, binds[at]]));
    return { ...row, resource: user.resource, custom: user.custom };
  });
  await to.run(insertionOfMany, [JSON.stringify(rows)]);
}

const savedColumns = [
  "username",
  "display_name",
  "given_name",
  "family_name",
  "email",
  "role_id",
  "locale",
  "time_zone",
  "marketing_consent",
  "external_id",
  "resource",
  "onboarded_at",
  "blocked_at",
  "disabled_at",
  "directory_id",
  "device_limit",
  "factor_rule",
  "protection",
  "custom",
  "allows_sso",
] as const satisfies (keyof UserRow)[];

const bindOf = (column: (typeof savedColumns)[number]) => `$${savedColumns.indexOf(column) + 3}`;
const saving = prepared(
  `update users set ${savedColumns.map((column) => `${column} = ${bindOf(column)}`).join(", ")},
     email_changed_at = case when lower(email) is distinct from lower(${bindOf("email")}) then $2 else email_changed_at end,
     updated_at = $2, version = version + 1
   where id = $1`,
);

/** Writes all changeable fields of a locked user and advances its version. Uses users_pkey. */
export async function saveUser(to: Queryable, user: UserRow, now: Date): Promise<void> {
  await to.run(saving, [user.id, now, ...savedColumns.map((column) => user[column])]);
}

// What hangs on a user and goes with them. One statement for all of it: each would find nothing most of the time.
const belongings = [
  "credentials",
  "single_use_tokens",
  "console_sessions",
  "sessions",
  "devices",
  "factors",
  "passkeys",
  "email_factors",
  "email_codes",
  "recovery_codes",
  "sign_in_attempts",
  "sign_in_confirmations",
  "known_origins",
  "app_uses",
  "user_activity",
  "app_assignments",
  "entitlement_grants",
  "identities",
  "user_comments",
  "user_views",
];

const erasing = prepared(
  `with ${belongings.map((table) => `${table}_gone as (delete from ${table} where user_id = $1)`).join(", ")},
   mails_emptied as (update mails set sealed = null, recipient = '' where user_id = $1)
   update users set username = null, given_name = null, family_name = null, email = null, locale = null, time_zone = null,
     marketing_consent = false, external_id = null, resource = '{}', custom = '{}', last_address = null, device_limit = null,
     protection = null, passkey_handle = null, default_factor = null, email_changed_at = null,
     role_id = '00000000-0000-7000-8000-000000000002', deleted_at = $2, updated_at = $2, version = version + 1
   where id = $1`,
);

/**
 * Turns a user into the empty shell that history points to: the name stays, everything personal goes.
 * Uses users_pkey and the index on user_id of each table.
 */
export async function eraseUser(to: Queryable, id: UserId, now: Date): Promise<void> {
  await to.run(erasing, [id, now]);
}

/**
 * The administrators who can act. Whoever asks waits for others who asked in their transactions, so that two
 * administrators cannot remove each other at the same time; a lock of its own, because each already holds the row of
 * the one they remove. Uses users_role; there are few.
 */
export async function lockAdministrators(from: Queryable, adminRole: RoleId): Promise<UserId[]> {
  await from.rows("select pg_advisory_xact_lock(7426192)");
  return await selectAdministrators(from, adminRole);
}

/** The same without waiting for others, to see how many there are. */
export async function selectAdministrators(from: Queryable, adminRole: RoleId): Promise<UserId[]> {
  const rows = await from.rows<{ id: UserId }>(
    "select id from users where role_id = $1 and status = 'active' and deleted_at is null",
    [adminRole],
  );
  return rows.map((row) => row.id);
}

/** Somebody to write to about accounts. */
export interface ManagerRow {
  id: UserId;
  display_name: string;
  email: string;
  locale: string | null;
  time_zone: string | null;
  permissions: string[];
}

/** Who may manage accounts and reads mail. Uses users_role; there are few. */
export async function selectManagers(from: Queryable, most: number): Promise<ManagerRow[]> {
  return await from.rows<ManagerRow>(
    `select u.id, u.display_name, u.email, u.locale, u.time_zone, r.permissions from users u join roles r on r.id = u.role_id
     where u.role_id in (select id from roles where 'accounts' = any(permissions)) and u.status = 'active'
       and u.deleted_at is null and u.email is not null
     order by u.id limit $1`,
    [most],
  );
}

/** Accounts that take a seat. */
export async function countUsers(from: Queryable): Promise<number> {
  const row = await from.row<{ count: string }>("select count(*) from users where deleted_at is null");
  return Number(row?.count ?? 0);
}

// Groups are locked in the order of their ids, and before their members, as a change of a group does it.
const leaving = prepared(
  `with locked as (
     select id from groups where id in (select group_id from group_members where user_id = $1)
     order by id for no key update
   ), gone as (
     delete from group_members where user_id = $1 and group_id in (select id from locked) returning group_id
   )
   update groups set member_count = member_count - 1, version = version + 1, updated_at = $2
   where id in (select group_id from gone)`,
);

/**
 * Takes a user who is locked for good out of all groups, whose versions advance. Nobody can put them into another one
 * meanwhile: that needs a lock of the user, too. Uses group_members_user and groups_pkey.
 */
export async function removeFromAllGroups(to: Queryable, userId: UserId, now: Date): Promise<number> {
  return await to.run(leaving, [userId, now]);
}

// An extension that has nothing left in it goes, too: `schemas` lists what has data.
const extension = "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'";
const droppingManager = prepared(
  `update users set version = version + 1, updated_at = $2,
     resource = case when (resource -> ${extension}) - 'manager' = '{}' then resource - ${extension}
       else resource #- array[${extension}, 'manager'] end
   where manager_id = $1::text and deleted_at is null`,
);

/** Takes a manager away from all who report to them (RFC 7643 §4.3). Uses users_manager; few report to one person. */
export async function dropManager(to: Queryable, managerId: UserId, now: Date): Promise<number> {
  return await to.run(droppingManager, [managerId, now]);
}

/** When a user last changed their own username. Uses users_pkey. */
export async function selectUsernameChange(from: Queryable, id: UserId): Promise<Date | null> {
  const row = await from.row<{ at: Date | null }>("select username_changed_at as at from users where id = $1", [id]);
  return row?.at ?? null;
}

/** Notes that a user changed their own username. Uses users_pkey. */
export async function noteUsernameChange(to: Queryable, id: UserId, now: Date): Promise<void> {
  await to.run("update users set username_changed_at = $2 where id = $1", [id, now]);
}
