import type { ExportData } from "../../contract/export-columns.ts";
import type { UserId } from "../../kernel/ids.ts";
import { Binds } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";
import type { Statement } from "../snapshot.ts";
import { eventConditions } from "./event-list.ts";
import type { EventListFilter } from "./event-list.ts";
import { userConditions } from "./user-list.ts";
import type { UserListFilter } from "./user-list.ts";

/** Which users: the filter of the list, and more. */
export interface ExportedUsersFilter extends UserListFilter {
  consentOnly?: boolean;
  activeOnly?: boolean;
  ids?: readonly UserId[];
  except?: readonly UserId[];
}

export interface ExportQuestion {
  data: ExportData;
  /** Keys of columns in their order; an attribute of the organization by its number. */
  columns: readonly (string | { attribute: number; isMultiValued: boolean })[];
  /** Undefined: everybody. */
  users: ExportedUsersFilter | undefined;
  events: EventListFilter | undefined;
  now: Date;
}

const inMs = (expression: string) => `(extract(epoch from ${expression}) * 1000)::float8`;
const enterprise = "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'";

/** A column of a statement, and what its value needs beside `users u`. */
interface Expression {
  sql: string;
  join?: "roles" | "directories";
}

// One look-up by key for each row where a column needs more than the row itself.
const userExpressions: Readonly<Record<string, Expression>> = {
  action: { sql: "'update'" },
  id: { sql: "u.id::text" },
  username: { sql: "u.username" },
  displayName: { sql: "u.display_name" },
  givenName: { sql: "u.given_name" },
  familyName: { sql: "u.family_name" },
  email: { sql: "u.email" },
  otherEmails: {
    sql: "case when u.resource @? '$.emails[1]' then jsonb_build_array(u.email, u.resource -> 'emails') end",
  },
  phone: { sql: "u.resource -> 'phoneNumbers'" },
  otherPhones: { sql: "case when u.resource @? '$.phoneNumbers[1]' then u.resource -> 'phoneNumbers' end" },
  title: { sql: "u.resource ->> 'title'" },
  department: { sql: `u.resource -> ${enterprise} ->> 'department'` },
  employeeNumber: { sql: `u.resource -> ${enterprise} ->> 'employeeNumber'` },
  manager: {
    sql: `case when u.manager_id is not null then coalesce((select m.username from users m where m.deleted_at is null
      and m.id = case when u.manager_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then u.manager_id::uuid end),
      u.manager_id) end`,
  },
  locale: { sql: "u.locale" },
  timeZone: { sql: "u.time_zone" },
  status: { sql: "u.status" },
  marketingConsent: { sql: "u.marketing_consent" },
  role: { sql: "r.name", join: "roles" },
  permissions: { sql: "to_jsonb(r.permissions)", join: "roles" },
  deviceLimit: { sql: "u.device_limit" },
  factorRule: { sql: "u.factor_rule" },
  protection: { sql: "u.protection" },
  allowsSso: { sql: "u.allows_sso" },
  groups: {
    sql: `(select json_agg(json_build_array(g.display_name, gd.name) order by lower(g.display_name), g.id)
      from group_members m join groups g on g.id = m.group_id left join directories gd on gd.id = g.directory_id
      where m.user_id = u.id)`,
  },
  directory: { sql: "d.name", join: "directories" },
  externalId: { sql: "u.external_id" },
  isOnboarded: { sql: "u.onboarded_at is not null" },
  hasPassword: { sql: "exists (select from credentials c where c.user_id = u.id and c.retired_at is null)" },
  passwordExpiresAt: {
    sql: `(select ${inMs("c.expires_at")} from credentials c where c.user_id = u.id and c.retired_at is null)`,
  },
  factors: {
    sql: "(select json_agg(distinct f.kind) from enrolled_factors f where f.user_id = u.id)",
  },
  deviceCount: { sql: "(select count(*)::int from devices v where v.user_id = u.id and v.removed_at is null)" },
  sessionCount: {
    sql: "(select count(*)::int from sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > $1)",
  },
  signInCount: { sql: "u.sign_in_count" },
  lastActiveAt: { sql: inMs("u.last_active_at") },
  lastAddress: { sql: "host(u.last_address)" },
  createdAt: { sql: inMs("u.created_at") },
  updatedAt: { sql: inMs("u.updated_at") },
  appPermissions: {
    sql: `(select json_agg(distinct p.name || ': ' || n.value order by p.name || ': ' || n.value) from entitlement_grants t
      join entitlements n on n.id = t.entitlement_id join apps p on p.id = n.app_id
      where t.user_id = u.id or t.group_id in (select m.group_id from group_members m where m.user_id = u.id))`,
  },
};

const who = {
  userId: "u.id::text",
  username: "u.username",
  displayName: "u.display_name",
  email: "u.email",
};

const otherExpressions: Readonly<
  Record<Exclude<ExportData, "accounts" | "settings">, Readonly<Record<string, string>>>
> = {
  groups: {
    groupId: "g.id::text",
    group: "g.display_name",
    groupDirectory: "d.name",
    memberKind: "x.kind",
    memberId: "coalesce(u.id, c.id)::text",
    username: "u.username",
    displayName: "coalesce(u.display_name, c.display_name)",
    email: "u.email",
    status: "u.status",
    groupCreatedAt: inMs("g.created_at"),
    memberCount: "g.member_count",
  },
  devices: {
    deviceId: "v.id::text",
    ...who,
    device: "v.name",
    isPhone: "v.is_phone",
    firstSeenAt: inMs("v.first_seen_at"),
    lastSeenAt: inMs("v.last_seen_at"),
    address: "host(v.address)",
    trustedUntil: `case when v.trusted_until > $1 then ${inMs("v.trusted_until")} end`,
  },
  sessions: {
    ...who,
    startedAt: inMs("s.started_at"),
    lastActiveAt: inMs("s.last_active_at"),
    expiresAt: inMs("s.expires_at"),
    address: "host(s.address)",
    browser: "s.user_agent",
    deviceId: "s.device_id::text",
    proofs: "to_jsonb(s.amr)",
  },
  log: {
    eventId: "e.id::text",
    at: inMs("e.at"),
    type: "e.type",
    outcome: "e.outcome",
    reason: "e.reason",
    actorKind: "e.actor_kind",
    actorId: "e.actor_id",
    actor: "e.actor_name",
    subjectKind: "e.subject_kind",
    subjectId: "e.subject_id",
    subject: "e.subject_name",
    app: "a.name",
    changes: "e.changes::text",
    details: "e.details::text",
    address: "host(e.address)",
    browser: "e.user_agent",
    userAgent: "e.user_agent",
    requestId: "e.request_id",
  },
};

/** What is read, and how many rows that is. `$1` is the present of both. */
export interface ExportStatements {
  rows: Statement;
  count: Statement;
}

/**
 * The statements of an export. Rows come in the order of their keys, so that no sorting holds them up: users by
 * users_pkey, memberships by group_members_pkey, events by events_order.
 */
export async function exportStatements(from: Queryable, asked: ExportQuestion): Promise<ExportStatements> {
  const binds = new Binds();
  binds.bind(asked.now);
  const { source, order } = await sourceOf(from, asked, binds);
  const list = asked.columns.map((column) => expressionOf(asked.data, column));
  // The present must have a type even where nothing asks for it.
  const present = "$1::timestamptz is not null";
  return {
    rows: {
      text: `select ${list.join(", ")} from ${source} and ${present} order by ${order}`,
      values: binds.values,
    },
    count: { text: `select count(*)::float8 from ${source} and ${present}`, values: binds.values },
  };
}

function expressionOf(data: ExportData, column: ExportQuestion["columns"][number]): string {
  if (typeof column !== "string") {
    return `u.custom ${column.isMultiValued ? "->" : "->>"} '${Math.trunc(column.attribute)}'`;
  }
  const sql =
    data === "accounts" || data === "settings" ? userExpressions[column]?.sql : otherExpressions[data][column];
  if (sql === undefined) throw new Error(`there is no expression for the column ${column} of ${data}`);
  return sql;
}

async function sourceOf(
  from: Queryable,
  { data, columns, users, events, now }: ExportQuestion,
  binds: Binds,
): Promise<{ source: string; order: string }> {
  const where = users === undefined ? ["u.deleted_at is null"] : conditionsOf(users, binds);
  switch (data) {
    case "accounts":
    case "settings": {
      const joins = new Set(columns.map((column) => (typeof column === "string" ? userExpressions[column]?.join : "")));
      const roles = joins.has("roles") ? " join roles r on r.id = u.role_id" : "";
      const directories = joins.has("directories") ? " left join directories d on d.id = u.directory_id" : "";
      return { source: `users u${roles}${directories} where ${where.join(" and ")}`, order: "u.id" };
    }
    case "groups": {
      const members = "select group_id, user_id, null::uuid as child_id, 'user' as kind from group_members";
      const nested = "select group_id, null, child_id, 'group' from group_groups";
      // Whoever asks for some users wants no groups in groups, and none without members.
      const source =
        users === undefined
          ? `groups g left join (${members} union all ${nested}) x on x.group_id = g.id
             left join users u on u.id = x.user_id left join groups c on c.id = x.child_id
             left join directories d on d.id = g.directory_id where true`
          : `groups g join (${members}) x on x.group_id = g.id join users u on u.id = x.user_id
             left join groups c on c.id = x.child_id left join directories d on d.id = g.directory_id
             where ${where.join(" and ")}`;
      return { source, order: "g.id, x.user_id, x.child_id" };
    }
    case "devices":
      return {
        source: `users u join devices v on v.user_id = u.id where v.removed_at is null and ${where.join(" and ")}`,
        order: "u.id, v.id",
      };
    case "sessions":
      return {
        source: `users u join sessions s on s.user_id = u.id
          where s.ended_at is null and s.expires_at > $1 and ${where.join(" and ")}`,
        order: "u.id, s.id",
      };
    case "log": {
      // Nothing that happens while the file is made is in it, even what is recorded for an earlier moment.
      const conditions = await eventConditions(from, { ...events, before: events?.before ?? now }, binds);
      return {
        source: `events e left join apps a on a.id = e.app_id where ${conditions.join(" and ")}`,
        order: "e.id",
      };
    }
  }
}

function conditionsOf(filter: ExportedUsersFilter, binds: Binds): string[] {
  const where = userConditions(filter, binds);
  if (filter.consentOnly === true) where.push("u.marketing_consent");
  if (filter.activeOnly === true) where.push("u.status = 'active'");
  if (filter.ids !== undefined) where.push(`u.id = any(${binds.bind(filter.ids)}::uuid[])`);
  if (filter.except !== undefined) where.push(`u.id <> all(${binds.bind(filter.except)}::uuid[])`);
  return where;
}
