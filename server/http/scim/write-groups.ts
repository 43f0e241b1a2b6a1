import { patchOptions } from "#scim/normalise/switches.ts";
import { quote } from "#scim/messages/scim-error.ts";
import { applyPatch } from "#scim/patch/apply-patch.ts";
import { planGroupPatch } from "#scim/patch/plan-group-patch.ts";
import type { MemberStep } from "#scim/patch/plan-group-patch.ts";
import { replaceResource } from "#scim/schema/replace-resource.ts";
import type { JsonObject } from "#scim/schema/json.ts";
import { selectFittingMembers, selectScimGroup } from "../../db/sql/scim-groups.ts";
import type { GroupRow } from "../../db/sql/groups.ts";
import { changeGroup } from "../../groups/change-group.ts";
import type { GroupStep } from "../../groups/change-group.ts";
import { createGroup } from "../../groups/create-group.ts";
import { deleteGroup } from "../../groups/delete-group.ts";
import { isId } from "../../kernel/ids.ts";
import type { GroupId } from "../../kernel/ids.ts";
import type { Call, Reply } from "./call.ts";
import { etagOf, requireMatch } from "../shell/etag.ts";
import { groupFieldsOf, memberIdsOf, storedGroup } from "./group-resource.ts";
import { inScimWork } from "./in-scim-work.ts";
import { missing } from "./refusals.ts";
import { isAsked, projectionOf } from "./projection.ts";
import { groupReply } from "./read-groups.ts";
import { readPatchBody, readResourceBody } from "./read-resources.ts";

/** POST /Groups (RFC 7644 §3.3). An unknown member refuses the whole group. */
export async function postGroup(call: Call): Promise<Reply> {
  const resource = await readResourceBody(call, call.types.group, "create");
  const ids = memberIdsOf(resource["members"]);
  const row = await inScimWork(call, async (work) => {
    const id = await createGroup(work, { ...groupFieldsOf(resource), directoryId: call.directory.id });
    if (ids.length > 0)
      return await changeGroup(work, id, [{ kind: "addMembers", ids }], { leaveOut: leavingOut(call) });
    const made = await selectScimGroup(work.tx, call.directory.id, id);
    if (made === undefined) throw missing("Group", id);
    return made;
  });
  return await groupReply(call, 201, row);
}

/** PUT /Groups/{id} (RFC 7644 §3.5.1): without `members` the group is emptied, as Okta means it. */
export async function putGroup(call: Call, id: string): Promise<Reply> {
  const resource = await readResourceBody(call, call.types.group, "replace");
  const { group: type } = call.types;
  const row = await change(call, id, [
    derive(call, (before) => replaceResource(before, resource, type).resource),
    { kind: "replaceMembers", ids: memberIdsOf(resource["members"]) },
  ]);
  return await groupReply(call, 200, row);
}

/**
 * PATCH /Groups/{id} (RFC 7644 §3.5.2). The cost is that of the change: members are read only to remove those whom a
 * filter selects by something else than their ids. Entra ID wants 204, so
 * that is the answer unless the client chose attributes.
 */
export async function patchGroup(call: Call, id: string): Promise<Reply> {
  const options = patchOptions(call.switches);
  const plan = planGroupPatch(await readPatchBody(call, call.types.group), options);
  const members = plan.members.map((step) => memberStep(call, step));
  const { group: type } = call.types;
  const fields = derive(call, (before) => applyPatch(before, plan.attributes, type, options).resource);
  const row = await change(call, id, plan.attributes.length === 0 ? members : [fields, ...members]);
  if (isAsked(projectionOf(call.query))) return await groupReply(call, 200, row);
  return { status: 204, headers: { ETag: etagOf(row.version) } };
}

/** DELETE /Groups/{id} (RFC 7644 §3.6). */
export async function removeGroup(call: Call, id: string): Promise<Reply> {
  if (!isId(id)) throw missing("Group", id);
  await inScimWork(call, async (work) => {
    await deleteGroup(work, id as GroupId, expectation(call));
  });
  return { status: 204 };
}

async function change(call: Call, id: string, steps: readonly GroupStep[]): Promise<GroupRow> {
  if (!isId(id)) throw missing("Group", id);
  return await inScimWork(
    call,
    async (work) =>
      await changeGroup(work, id as GroupId, steps, { expect: expectation(call), leaveOut: leavingOut(call) }),
  );
}

/** What becomes of the attributes of the group as it is, members aside. */
function derive(call: Call, after: (before: JsonObject) => JsonObject): GroupStep {
  return { kind: "derive", from: (row) => groupFieldsOf(after(storedGroup(row, call.types.group))) };
}

/** With the switch on, members who name nobody do not stop a push; the request log names them. */
function leavingOut(call: Call): ((ids: readonly string[]) => void) | undefined {
  if (!call.switches.unknownMembers) return undefined;
  return (ids) => call.note(ids.map((id) => `members: ${quote(id)} names nobody here → left out`));
}

function expectation(call: Call): (row: GroupRow) => boolean {
  return (row) => {
    requireMatch(call.ifMatch, row);
    return true;
  };
}

function memberStep(call: Call, step: MemberStep): GroupStep {
  switch (step.kind) {
    case "removeAllMembers":
      return { kind: "replaceMembers", ids: [] };
    case "removeMembersWhere":
      return {
        kind: "removeFoundMembers",
        find: async (tx, group) => await selectFittingMembers(tx, group, step.filter, call.baseUrl),
      };
    default:
      return step;
  }
}
