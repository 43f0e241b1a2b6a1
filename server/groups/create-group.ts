import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { insertGroup } from "../db/sql/groups.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { DirectoryId, GroupId } from "../kernel/ids.ts";
import { checkForeignId } from "../users/check-fields.ts";
import { allow } from "../permissions/rules.ts";
import { groupRules } from "./policy.ts";

export interface NewGroup {
  displayName: string;
  /** The directory that owns the group; null for one made here. */
  directoryId?: DirectoryId | null;
  externalId?: string | null;
  /** Attributes of the SCIM Group without a column of their own. */
  resource?: Record<string, unknown>;
}

export const mostNameCharacters = 256;

/**
 * Creates a group without members.
 *
 * @throws group.nameMissing group.nameTooLong group.nameTaken group.externalIdTaken access.denied
 */
export async function createGroup(work: Work, group: NewGroup): Promise<GroupId> {
  const id = newId<GroupId>(work.now);
  const directoryId = group.directoryId ?? null;
  allow(groupRules, work.actor, "group.create", { directoryId });
  checkGroupName(group.displayName);
  if (group.externalId != null) checkForeignId(group.externalId, "externalId");
  try {
    await insertGroup(work.tx, {
      id,
      displayName: group.displayName,
      directoryId,
      externalId: group.externalId ?? null,
      resource: group.resource ?? {},
      now: work.now,
    });
  } catch (error) {
    throw takenGroup(error) ?? error;
  }
  record(work, {
    type: "group.created",
    subject: { kind: "group", id, name: group.displayName },
    details: { externalId: group.externalId ?? null },
  });
  return id;
}

/** @throws group.nameMissing group.nameTooLong */
export function checkGroupName(name: string): void {
  if (name.trim() === "") throw failure("group.nameMissing", { field: "displayName" });
  if ([...name].length > mostNameCharacters) {
    throw failure("group.nameTooLong", { field: "displayName", data: { most: mostNameCharacters } });
  }
}

/** The refusal that a broken unique index of `groups` means, or undefined. */
export function takenGroup(error: unknown) {
  const index = brokenUniqueIndex(error);
  if (index === "groups_name_key") return failure("group.nameTaken", { field: "displayName", cause: error });
  if (index === "groups_external_id_key")
    return failure("group.externalIdTaken", { field: "externalId", cause: error });
  return undefined;
}
