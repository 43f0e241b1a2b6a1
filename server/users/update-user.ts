import { changesBetween, record } from "../audit/record.ts";
import { checkCustom, namedForEvents } from "../attributes/custom-values.ts";
import type { AttributeSet } from "../attributes/attribute-set.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import { failure } from "../contract/failure.ts";
import type { FactorRule, ProtectionSwitch } from "../contract/users.ts";
import { dropEmailFactor } from "../db/sql/email-codes.ts";
import { lockAdministrators, lockUser, saveUser } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import { dropAttempts } from "../db/sql/sign-in-attempts.ts";
import { dropLinks } from "../db/sql/single-use-tokens.ts";
import type { Work } from "../db/work.ts";
import type { RoleId, UserId } from "../kernel/ids.ts";
import { adminRole, holdRole, requireNoEscalation } from "../permissions/read-role.ts";
import { allow } from "../permissions/rules.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { readSettings } from "../settings/read-settings.ts";
import { checkDisplayName, checkUsername } from "./check-fields.ts";
import { checkOptional, takenFailure } from "./create-user.ts";
import { primaryEmail } from "./emails.ts";
import { userRules } from "./policy.ts";

/** What is left out stays; null clears. */
export interface UserChange {
  username?: string;
  displayName?: string;
  givenName?: string | null;
  familyName?: string | null;
  roleId?: RoleId;
  locale?: string | null;
  timeZone?: string | null;
  marketingConsent?: boolean;
  externalId?: string | null;
  /** Null: the default of the organization; 0: no limit. Nobody is thrown out when it is lowered. */
  deviceLimit?: number | null;
  /** Null: as the policy of the organization says. */
  factorRule?: FactorRule | null;
  /** Account protection; null: as the organization says. */
  protection?: ProtectionSwitch | null;
  allowsSso?: boolean;
  /** Replaces all of the SCIM attributes without a column. */
  resource?: Record<string, unknown>;
  /** Replaces all values of the organization's own attributes, by their numbers (see attributes/custom-values.ts). */
  custom?: Record<string, unknown>;
  /** False disables, true enables. */
  isActive?: boolean;
}

/**
 * Changes a user (U5). Version, time and event move only when something differs. A new username or display name, and
 * disabling, end every session and token of the user in the same transaction.
 *
 * @param change a change, or how to work it out from the locked row
 * @param rule what the actor must be allowed; editOwn is for what people may say about themselves (see edit-profile.ts)
 * @returns the user as it is afterwards
 * @throws user.missing user.nameTaken user.lastAdministrator access.escalation
 * @throws attribute.valueTaken attribute.valueRequired attribute.valueNotAllowed
 */
export async function updateUser(
  work: Work,
  id: UserId,
  change: UserChange | ((user: UserRow) => UserChange | Promise<UserChange>),
  rule: "user.update" | "user.editOwn" = "user.update",
): Promise<UserRow> {
  const before = await requireLockedUser(work, id);
  return await updateLockedUser(work, before, change, rule);
}

/** The same for a user whose row is locked already. */
export async function updateLockedUser(
  work: Work,
  before: UserRow,
  change: UserChange | ((user: UserRow) => UserChange | Promise<UserChange>),
  rule: "user.update" | "user.editOwn" = "user.update",
): Promise<UserRow> {
  allow(userRules, work.actor, rule, targetOf(before));
  const wanted = typeof change === "function" ? await change(before) : change;
  const after = applied(before, wanted, work.now);
  const attributes = after.custom === before.custom ? undefined : await readAttributes(work.tx);
  const changes = changesBetween(comparable(before, attributes), comparable(after, attributes));
  if (changes === undefined) return before;
  if (attributes !== undefined) checkCustom(attributes, before.custom, after.custom, { requiresAll: false });
  if (after.email !== before.email) await changeEmail(work, before);
  await check(work, before, after, wanted);
  try {
    await saveUser(work.tx, after, work.now);
  } catch (error) {
    throw takenFailure(error, attributes) ?? error;
  }
  await tell(work, before, after, changes);
  if (
    "username" in changes ||
    "displayName" in changes ||
    (after.disabled_at !== null && before.disabled_at === null)
  ) {
    await endSessions(work, before.id, after.disabled_at === null ? "renamed" : "disabled");
  }
  return { ...after, version: String(BigInt(before.version) + 1n), updated_at: work.now };
}

/**
 * A link that is under way belongs to the mailbox it was sent to, which may be somebody else's; and codes by email are
 * for the address that was proven.
 */
async function changeEmail(work: Work, before: UserRow): Promise<void> {
  allow(userRules, work.actor, "user.changeEmail", targetOf(before), "email");
  await dropLinks(work.tx, before.id);
  await dropAttempts(work.tx, before.id);
  if ((await dropEmailFactor(work.tx, before.id)) === 0) return;
  const subject = { kind: "user" as const, id: before.id, name: before.display_name };
  record(work, { type: "factor.removed", reason: "emailChanged", subject, details: { kind: "email" } });
}

/** Locks the user for the rest of the transaction. @throws user.missing */
export async function requireLockedUser(work: Work, id: UserId): Promise<UserRow> {
  const user = await lockUser(work.tx, id);
  if (user === undefined || isForeign(work, user)) throw failure("user.missing");
  return user;
}

/** What the policy asks of a row. */
export function targetOf(user: UserRow) {
  return { id: user.id, directoryId: user.directory_id, permissions: user.role_permissions };
}

/**
 * Makes sure that an administrator who can act is left when this one goes (G2).
 *
 * @throws user.lastAdministrator
 */
export async function requireOtherAdministrator(work: Work, user: UserRow): Promise<void> {
  if (user.role_id !== adminRole || user.status !== "active") return;
  const administrators = await lockAdministrators(work.tx, adminRole);
  if (administrators.every((id) => id === user.id)) throw failure("user.lastAdministrator");
}

// A directory gets the same answer for another's user as for none, so that ids cannot be probed.
function isForeign(work: Work, user: UserRow): boolean {
  return work.actor.kind === "directory" && user.directory_id !== work.actor.id;
}

function applied(before: UserRow, change: UserChange, now: Date): UserRow {
  const resource = change.resource ?? before.resource;
  return {
    ...before,
    username: change.username ?? before.username,
    display_name: change.displayName ?? before.display_name,
    given_name: change.givenName === undefined ? before.given_name : change.givenName,
    family_name: change.familyName === undefined ? before.family_name : change.familyName,
    role_id: change.roleId ?? before.role_id,
    locale: change.locale === undefined ? before.locale : change.locale,
    time_zone: change.timeZone === undefined ? before.time_zone : change.timeZone,
    marketing_consent: change.marketingConsent ?? before.marketing_consent,
    device_limit: change.deviceLimit === undefined ? before.device_limit : change.deviceLimit,
    factor_rule: change.factorRule === undefined ? before.factor_rule : change.factorRule,
    protection: change.protection === undefined ? before.protection : change.protection,
    allows_sso: change.allowsSso ?? before.allows_sso,
    external_id: change.externalId === undefined ? before.external_id : change.externalId,
    resource,
    custom: change.custom ?? before.custom,
    email: change.resource === undefined ? before.email : primaryEmail(resource),
    disabled_at:
      change.isActive === undefined ? before.disabled_at : change.isActive ? null : (before.disabled_at ?? now),
  };
}

/**
 * What counts as a difference, in the words of the contract.
 *
 * @param attributes those of the organization, where their values may have changed
 */
function comparable(user: UserRow, attributes: AttributeSet | undefined): Record<string, unknown> {
  return {
    username: user.username,
    displayName: user.display_name,
    givenName: user.given_name,
    familyName: user.family_name,
    roleId: user.role_id,
    locale: user.locale,
    timeZone: user.time_zone,
    marketingConsent: user.marketing_consent,
    externalId: user.external_id,
    deviceLimit: user.device_limit,
    factorRule: user.factor_rule,
    protection: user.protection,
    allowsSso: user.allows_sso,
    isActive: user.disabled_at === null,
    ...user.resource,
    ...(attributes === undefined ? {} : namedForEvents(attributes, user.custom)),
  };
}

async function check(work: Work, before: UserRow, after: UserRow, change: UserChange): Promise<void> {
  const isRenamed = after.username !== before.username || after.display_name !== before.display_name;
  if (isRenamed) await checkNames(work, before, after);
  checkOptional(work.actor, change, change.resource ?? {}, before.resource);
  if (after.role_id !== before.role_id) {
    requireNoEscalation(work.actor, (await holdRole(work.tx, after.role_id)).permissions, "roleId");
    await requireOtherAdministrator(work, before);
  }
  if (after.disabled_at !== null && before.disabled_at === null) await requireOtherAdministrator(work, before);
}

async function checkNames(work: Work, before: UserRow, after: UserRow): Promise<void> {
  const settings = await readSettings(work.tx);
  if (after.username !== null && after.username !== before.username) checkUsername(after.username, settings);
  if (after.display_name !== before.display_name) checkDisplayName(after.display_name, settings);
}

async function tell(
  work: Work,
  before: UserRow,
  after: UserRow,
  changes: Record<string, { from: unknown; to: unknown }>,
) {
  const { isActive, ...others } = changes;
  const subject = { kind: "user" as const, id: after.id, name: after.display_name };
  if (isActive !== undefined) {
    record(work, { type: after.disabled_at === null ? "user.enabled" : "user.disabled", subject });
  }
  if (Object.keys(others).length === 0) return;
  const roleNames = before.role_id === after.role_id ? {} : { roleBefore: before.role_name };
  record(work, { type: "user.updated", subject, changes: others, details: roleNames });
}
