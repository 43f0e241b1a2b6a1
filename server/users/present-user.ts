import type { z } from "zod";
import type { attributeValues } from "../contract/attributes.ts";
import { factorKinds } from "../contract/users.ts";
import type { userDetails, userRow } from "../contract/users.ts";
import type { UserListRow } from "../db/sql/user-list.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Actor } from "../db/work.ts";
import { multiValues } from "./emails.ts";
import { maskAddress } from "./mask-address.ts";
import type { UserExtras } from "./read-user.ts";

type AttributeValues = z.infer<typeof attributeValues>;

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** A row of the list in the words of the contract. */
export function presentUserRow(
  row: UserListRow,
  viewer: Actor,
  attributes: AttributeValues = {},
): z.infer<typeof userRow> {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    givenName: row.given_name,
    familyName: row.family_name,
    email: row.email,
    status: row.status,
    isOnboarded: row.onboarded_at !== null,
    role: { id: row.role_id, name: row.role_name },
    groups: row.groups,
    groupCount: row.group_count,
    directory: row.directory_id === null ? null : { id: row.directory_id, name: row.directory_name ?? "" },
    sessionCount: row.session_count,
    deviceCount: row.device_count,
    signInCount: row.sign_in_count,
    factorKinds: factorKinds.filter((kind) => row.factor_kinds.includes(kind)),
    lastActiveAt: row.last_active_at?.toISOString() ?? null,
    lastAddress: presentAddress(row.last_address, viewer),
    createdAt: row.created_at.toISOString(),
    attributes,
  };
}

/** Everything about a user in the words of the contract. */
export function presentUser(user: UserRow, extras: UserExtras, viewer: Actor): z.infer<typeof userDetails> {
  const extension = objectAt(user.resource, enterprise);
  return {
    id: user.id,
    username: user.username ?? "",
    displayName: user.display_name,
    givenName: user.given_name,
    familyName: user.family_name,
    email: user.email,
    status: user.status,
    isOnboarded: user.onboarded_at !== null,
    role: { id: user.role_id, name: user.role_name },
    groups: extras.groups,
    groupCount: extras.groups.length,
    directory: extras.directory,
    sessionCount: extras.session_count,
    deviceCount: extras.device_count,
    signInCount: user.sign_in_count,
    factorKinds: factorKinds.filter((kind) => extras.factors.some((factor) => factor.kind === kind)),
    lastActiveAt: user.last_active_at?.toISOString() ?? null,
    lastAddress: presentAddress(user.last_address, viewer),
    createdAt: user.created_at.toISOString(),
    emails: multiValues(user.resource, "emails").map(plain),
    phoneNumbers: multiValues(user.resource, "phoneNumbers").map(plain),
    title: textAt(user.resource, "title"),
    department: textAt(extension, "department"),
    employeeNumber: textAt(extension, "employeeNumber"),
    manager: extras.manager,
    externalId: user.external_id,
    locale: user.locale,
    timeZone: user.time_zone,
    marketingConsent: user.marketing_consent,
    hasPassword: extras.password_set_at !== null,
    passwordIsTemporary: extras.password_is_temporary === true,
    passwordSetAt: extras.password_set_at?.toISOString() ?? null,
    passwordExpiresAt: extras.password_expires_at?.toISOString() ?? null,
    deviceLimit: user.device_limit,
    factors: extras.factors.map(({ id, kind, name, isBackedUp, createdAt, lastUsedAt }) => ({
      id,
      kind,
      name,
      isBackedUp,
      createdAt: new Date(createdAt).toISOString(),
      lastUsedAt: new Date(lastUsedAt).toISOString(),
    })),
    recoveryCodesLeft: extras.recovery_codes_left,
    factorRule: user.factor_rule,
    protection: user.protection,
    allowsSso: user.allows_sso,
    factorLevel: extras.factor_level,
    defaultFactor: user.default_factor,
    onboardedAt: user.onboarded_at?.toISOString() ?? null,
    attributes: extras.attributes,
    updatedAt: user.updated_at.toISOString(),
    version: user.version,
  };
}

/** Full for those who may see full addresses, masked for others. */
export function presentAddress(address: string | null, viewer: Actor): string | null {
  return address === null || viewer.can("fullAddresses") ? address : maskAddress(address);
}

function plain(item: { value: string; type?: string; primary?: boolean }) {
  return {
    value: item.value,
    ...(typeof item.type === "string" ? { type: item.type } : {}),
    ...(item.primary === true ? { primary: true } : {}),
  };
}

function objectAt(from: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = from[name];
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textAt(from: Record<string, unknown>, name: string): string | null {
  const value = from[name];
  return typeof value === "string" ? value : null;
}
