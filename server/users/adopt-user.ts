import { record } from "../audit/record.ts";
import { giveToDirectory, lockLocalUser } from "../db/sql/scim-adoption.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import { regularRole } from "../permissions/read-role.ts";
import { allow } from "../permissions/rules.ts";
import { primaryEmail } from "./emails.ts";
import type { NewUser } from "./create-user.ts";
import { userRules } from "./policy.ts";
import { targetOf, updateUser } from "./update-user.ts";

/**
 * Makes a directory the owner of the local account that a new user of it matches (P4), if there is one, and fills in
 * what the directory knows; what it leaves out stays. The account keeps its id, password and memberships.
 *
 * Matching is by username, or by the primary email when one account alone has it; both without case. An account with
 * another role than the regular one is never adopted: whoever runs the directory could become an administrator by it.
 *
 * @returns undefined when nobody matches
 * @throws user.nameTaken user.externalIdTaken and what `updateUser` throws
 */
export async function adoptUser(
  work: Work,
  wanted: NewUser & { directoryId: DirectoryId },
  by: "username" | "email",
): Promise<UserRow | undefined> {
  const sought = by === "username" ? wanted.username : primaryEmail(wanted.resource ?? {});
  const local = sought === null ? undefined : await lockLocalUser(work.tx, by, sought);
  if (local === undefined || local.role_id !== regularRole) return undefined;
  const { directoryId } = wanted;
  allow(userRules, work.actor, "user.create", { ...targetOf(local), directoryId });
  await giveToDirectory(work.tx, local.id, directoryId, work.now);
  record(work, {
    type: "user.adopted",
    subject: { kind: "user", id: local.id, name: local.display_name },
    details: { directoryId, by },
  });
  return await updateUser(work, local.id, (row) => ({
    username: wanted.username,
    displayName: wanted.displayName,
    givenName: wanted.givenName ?? row.given_name,
    familyName: wanted.familyName ?? row.family_name,
    locale: wanted.locale ?? row.locale,
    timeZone: wanted.timeZone ?? row.time_zone,
    externalId: wanted.externalId ?? row.external_id,
    resource: { ...row.resource, ...wanted.resource },
    custom: { ...row.custom, ...wanted.custom },
    isActive: wanted.isActive !== false,
  }));
}
