import { applyPatch } from "#scim/patch/apply-patch.ts";
import { patchOptions } from "#scim/normalise/switches.ts";
import { replaceResource } from "#scim/schema/replace-resource.ts";
import type { JsonObject } from "#scim/schema/json.ts";
import { isId } from "../../kernel/ids.ts";
import type { UserId } from "../../kernel/ids.ts";
import { deleteUser } from "../../users/delete-user.ts";
import { requireLockedUser, updateUser } from "../../users/update-user.ts";
import type { Call, Reply } from "./call.ts";
import { requireMatch } from "../shell/etag.ts";
import { inScimWork } from "./in-scim-work.ts";
import { missing } from "./refusals.ts";
import { readPatchBody, readResourceBody } from "./read-resources.ts";
import { storedUser, unusableParts, userChangeOf } from "./user-resource.ts";
import { inviteAwaited } from "./invite-awaited.ts";
import { prepareOtherPassword, replacePassword, splitPassword, takePassword } from "./user-password.ts";
import { readBack, userReply, withParts } from "./user-reply.ts";

/** PUT /Users/{id} (RFC 7644 §3.5.1): what is left out is cleared, but for `active` and the password. */
export async function putUser(call: Call, id: string): Promise<Reply> {
  const { password, resource } = takePassword(await readResourceBody(call, call.types.user, "replace"));
  return await changeUser(call, id, password, (before) => replaceResource(before, resource, call.types.user).resource);
}

/** PATCH /Users/{id} (RFC 7644 §3.5.2): all operations or none. */
export async function patchUser(call: Call, id: string): Promise<Reply> {
  const { password, others } = splitPassword(await readPatchBody(call, call.types.user));
  const options = patchOptions(call.switches);
  return await changeUser(
    call,
    id,
    password,
    (before) => applyPatch(before, others, call.types.user, options).resource,
  );
}

/** DELETE /Users/{id} (RFC 7644 §3.6): the name is free at once. */
export async function removeUser(call: Call, id: string): Promise<Reply> {
  if (!isId(id)) throw missing("User", id);
  await inScimWork(call, async (work) => {
    const userId = id as UserId;
    if (call.ifMatch !== undefined) requireMatch(call.ifMatch, await requireLockedUser(work, userId));
    await deleteUser(work, userId);
  });
  return { status: 204 };
}

/** @param change what becomes of the resource; called with the row locked, so that no change of another is lost */
async function changeUser(
  call: Call,
  id: string,
  password: unknown,
  change: (before: JsonObject) => JsonObject,
): Promise<Reply> {
  if (!isId(id)) throw missing("User", id);
  const prepared = await prepareOtherPassword(call, id, password);
  const row = await inScimWork(call, async (work) => {
    let wasActive = true;
    const after = await updateUser(work, id as UserId, (before) => {
      requireMatch(call.ifMatch, before);
      wasActive = before.disabled_at === null;
      const resource = storedUser(before, call.types);
      const wanted = userChangeOf(before, resource, change(resource), call.types);
      call.note(unusableParts(wanted));
      return wanted;
    });
    if (prepared !== undefined) await replacePassword(work, after.id, prepared);
    else if (!wasActive) await inviteAwaited(work, call, after);
    return prepared === undefined ? await withParts(work.tx, call, after) : await readBack(work.tx, call, after.id);
  });
  return userReply(call, 200, row);
}
