import { record } from "../audit/record.ts";
import { checkCustom } from "../attributes/custom-values.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import { valueFailure } from "../attributes/value-failure.ts";
import type { AttributeSet } from "../attributes/attribute-set.ts";
import { failure } from "../contract/failure.ts";
import type { FactorRule, ProtectionSwitch } from "../contract/users.ts";
import { countUsers, insertUser, insertUsers } from "../db/sql/users.ts";
import type { NewUserRow } from "../db/sql/users.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Actor, Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { DirectoryId, RoleId, UserId } from "../kernel/ids.ts";
import { holdRole, regularRole, requireNoEscalation } from "../permissions/read-role.ts";
import { allow } from "../permissions/rules.ts";
import { readSettings } from "../settings/read-settings.ts";
import {
  checkDisplayName,
  checkEmail,
  checkForeignId,
  checkLocale,
  checkPhone,
  checkTimeZone,
  checkUsername,
} from "./check-fields.ts";
import { multiValues, primaryEmail } from "./emails.ts";
import { userRules } from "./policy.ts";

export interface NewUser {
  username: string;
  displayName: string;
  givenName?: string | null;
  familyName?: string | null;
  roleId?: RoleId;
  locale?: string | null;
  timeZone?: string | null;
  marketingConsent?: boolean;
  /** Account protection; null: as the organization says. */
  protection?: ProtectionSwitch | null;
  /** The directory that owns the user; null for an account made here. */
  directoryId?: DirectoryId | null;
  externalId?: string | null;
  /** Attributes of the SCIM User without a column of their own, emails among them. */
  resource?: Record<string, unknown>;
  /** Values of the organization's own attributes, by their numbers (see attributes/custom-values.ts). */
  custom?: Record<string, unknown>;
  /** False makes the account disabled from the start. */
  isActive?: boolean;
  /** True makes it blocked from the start. */
  isBlocked?: boolean;
  /** Null: the default of the organization; 0: no limit. */
  deviceLimit?: number | null;
  /** Null: as the policy of the organization says. */
  factorRule?: FactorRule | null;
  allowsSso?: boolean;
}

/**
 * Creates a user (U4). A password or a mail is the caller's next step in the same work.
 *
 * @throws user.nameTaken user.externalIdTaken  the database says so, also under races
 * @throws attribute.valueTaken                 somebody else has a value that is unique
 * @throws attribute.valueRequired attribute.valueNotAllowed
 * @throws user.seatLimit                       all seats are taken
 * @throws access.escalation                    the role allows more than the actor holds
 */
export async function createUser(work: Work, user: NewUser): Promise<UserId> {
  const row = await prepareUser(work, user);
  await requireSeats(work, 1);
  try {
    await insertUser(work.tx, row);
  } catch (error) {
    throw takenFailure(error, await readAttributes(work.tx)) ?? error;
  }
  return row.id;
}

/**
 * Creates several users in one statement; all of them or none.
 *
 * @throws as `createUser`, of one of them
 */
export async function createUsers(work: Work, users: readonly NewUser[]): Promise<NewUserRow[]> {
  const rows: NewUserRow[] = [];
  for (const user of users) rows.push(await prepareUser(work, user));
  if (rows.length === 0) return rows;
  await requireSeats(work, rows.length);
  try {
    await insertUsers(work.tx, rows);
  } catch (error) {
    throw takenFailure(error, await readAttributes(work.tx)) ?? error;
  }
  return rows;
}

/**
 * Creates a user by the statement that ends the work (see `inOneStatement`), which is the cheapest way. For
 * organizations without a seat limit: seats are counted under a lock, which needs a transaction.
 *
 * @returns the row as it will be stored
 * @throws access.escalation  as `createUser`; what is taken shows when the statement runs (see `takenFailure`)
 */
export async function createUserAtTheEnd(work: Work, user: NewUser): Promise<NewUserRow> {
  const row = await prepareUser(work, user);
  work.tx.later.user = row;
  return row;
}

/**
 * Who is asked for the attributes that are required. A directory's schema tells it which are, as far as it can set them.
 * The first administrator and whoever comes from another provider bring no values; an administrator adds them later.
 */
const fillsForms: ReadonlySet<Actor["kind"]> = new Set(["user", "token"]);

/** Checks what was asked for, and tells of it. */
async function prepareUser(work: Work, user: NewUser): Promise<NewUserRow> {
  const id = newId<UserId>(work.now);
  const roleId = user.roleId ?? regularRole;
  const directoryId = user.directoryId ?? null;
  const settings = await readSettings(work.tx);
  allow(userRules, work.actor, "user.create", { id, directoryId, permissions: [] });
  if (roleId !== regularRole) {
    requireNoEscalation(work.actor, (await holdRole(work.tx, roleId)).permissions, "roleId");
  }
  const resource = user.resource ?? {};
  checkUsername(user.username, settings);
  checkDisplayName(user.displayName, settings);
  checkOptional(work.actor, user, resource);
  const custom = user.custom ?? {};
  checkCustom(await readAttributes(work.tx), {}, custom, { requiresAll: fillsForms.has(work.actor.kind) });
  const email = primaryEmail(resource);
  record(work, {
    type: "user.created",
    subject: { kind: "user", id, name: user.displayName },
    details: {
      username: user.username,
      email,
      externalId: user.externalId ?? null,
      roleId,
      isActive: user.isActive !== false,
    },
  });
  return {
    id,
    username: user.username,
    displayName: user.displayName,
    givenName: user.givenName ?? null,
    familyName: user.familyName ?? null,
    email,
    roleId,
    locale: user.locale ?? null,
    timeZone: user.timeZone ?? null,
    marketingConsent: user.marketingConsent ?? false,
    protection: user.protection ?? null,
    directoryId,
    externalId: user.externalId ?? null,
    resource,
    custom,
    onboardedAt: null,
    blockedAt: user.isBlocked === true ? work.now : null,
    disabledAt: user.isActive === false ? work.now : null,
    deviceLimit: user.deviceLimit ?? null,
    factorRule: user.factorRule ?? null,
    allowsSso: user.allowsSso ?? true,
    now: work.now,
  };
}

/** The refusal that a statement means which wrote a user and failed, or undefined. */
export function takenFailure(error: unknown, attributes: AttributeSet | undefined) {
  const index = brokenUniqueIndex(error);
  if (index === "users_username_key") return failure("user.nameTaken", { field: "username", cause: error });
  if (index === "users_external_id_key") return failure("user.externalIdTaken", { field: "externalId", cause: error });
  return valueFailure(error, attributes);
}

/**
 * Checks what may be left out. Phone numbers of a directory are kept as it sent them, since nobody is called, and one
 * that is there already stops nobody who changes something else.
 *
 * @param before what the account has, when it is changed
 */
export function checkOptional(
  actor: Actor,
  user: { locale?: string | null; timeZone?: string | null; externalId?: string | null },
  resource: Record<string, unknown>,
  before: Record<string, unknown> = {},
): void {
  if (user.externalId != null) checkForeignId(user.externalId, "externalId");
  const manager = managerOf(resource);
  if (manager !== undefined) checkForeignId(manager, "manager.value");
  if (user.locale != null) checkLocale(user.locale);
  if (user.timeZone != null) checkTimeZone(user.timeZone);
  for (const email of multiValues(resource, "emails")) checkEmail(email.value);
  if (actor.kind === "directory") return;
  const kept = new Set(multiValues(before, "phoneNumbers").map(({ value }) => value));
  for (const { value } of multiValues(resource, "phoneNumbers")) if (!kept.has(value)) checkPhone(value);
}

function managerOf(resource: Record<string, unknown>): string | undefined {
  const extension = resource["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
  if (typeof extension !== "object" || extension === null || !("manager" in extension)) return undefined;
  const { manager } = extension;
  if (typeof manager !== "object" || manager === null || !("value" in manager)) return undefined;
  return typeof manager.value === "string" ? manager.value : undefined;
}

async function requireSeats(work: Work, seats: number): Promise<void> {
  const limit = (await readSettings(work.tx))["users.seatLimit"];
  if (limit === 0) return;
  // One creation after the other while there is a limit: two may not take the last seat.
  await work.tx.rows("select pg_advisory_xact_lock(7426193)");
  if ((await countUsers(work.tx)) + seats > limit) throw failure("user.seatLimit", { data: { limit } });
}
