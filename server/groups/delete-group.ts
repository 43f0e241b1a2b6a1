import { record } from "../audit/record.ts";
import { deleteGroupRow } from "../db/sql/groups.ts";
import type { GroupRow } from "../db/sql/groups.ts";
import { failure } from "../contract/failure.ts";
import type { Work } from "../db/work.ts";
import type { GroupId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { requireLockedGroup } from "./change-group.ts";
import { endAccessOfGroup } from "./end-access-of-group.ts";
import { groupRules, requireOwnHands } from "./policy.ts";

/**
 * Deletes a group; its members stay.
 *
 * @param expect refuses when it answers false for the locked row: for If-Match
 * @throws group.missing group.ofDirectory request.stale access.denied
 */
export async function deleteGroup(work: Work, id: GroupId, expect?: (group: GroupRow) => boolean): Promise<void> {
  const group = await requireLockedGroup(work, id, "delete");
  const target = { directoryId: group.directory_id };
  allow(groupRules, work.actor, "group.delete", target);
  requireOwnHands(work.actor, target);
  if (expect !== undefined && !expect(group)) throw failure("request.stale");
  // A group that contained this one has one member fewer.
  await work.tx.run(
    `update groups set member_count = member_count - 1, version = version + 1, updated_at = $2
     where id in (select group_id from group_groups where child_id = $1)`,
    [id, work.now],
  );
  await endAccessOfGroup(work, id);
  await deleteGroupRow(work.tx, id);
  record(work, {
    type: "group.deleted",
    subject: { kind: "group", id, name: group.display_name },
    details: { memberCount: group.member_count },
  });
}
