import { applyPatch } from "#scim/patch/apply-patch.ts";
import { patchOptions } from "#scim/normalise/switches.ts";
import { replaceResource } from "#scim/schema/replace-resource.ts";
import type { JsonObject } from "#scim/schema/json.ts";
import { selectScimUser } from "../../db/sql/scim-users.ts";
import type { ScimUserRow } from "../../db/sql/scim-users.ts";
import type { UserRow } from "../../db/sql/users.ts";
import { inOneStatement } from "../../db/work.ts";
import type { Work } from "../../db/work.ts";
import { isId } from "../../kernel/ids.ts";
import type { UserId } from "../../kernel/ids.ts";
import { inviteNewUser, inviteUser } from "../../onboarding/invite-user.ts";
import { setPassword } from "../../passwords/set-password.ts";
import type { CheckedPassword } from "../../passwords/set-password.ts";
import type { Settings } from "../../settings/definitions.ts";
import { knowSettings, readSetting, readSettings } from "../../settings/read-settings.ts";
import { createUser, createUserAtTheEnd, takenFailure } from "../../users/create-user.ts";
import type { NewUser } from "../../users/create-user.ts";
import { deleteUser } from "../../users/delete-user.ts";
import { primaryEmail } from "../../users/emails.ts";
import { requireLockedUser, updateUser } from "../../users/update-user.ts";
import type { Call, Reply } from "./call.ts";
import { requireMatch } from "./etag.ts";
import { inScimWork } from "./in-scim-work.ts";
import { missing } from "./refusals.ts";
import { readPatchBody, readResourceBody } from "./read-resources.ts";
import { freshRow, hasManager, newUserOf, storedUser, userChangeOf } from "./user-resource.ts";
import { prepareSentPassword, replacePassword, splitPassword, takePassword } from "./user-password.ts";
import { userReply, withParts } from "./user-reply.ts";

/**
 * POST /Users (RFC 7644 §3.3). Whoever is new and active gets the activation mail, in the same transaction, unless
 * the directory brought a password.
 */
export async function postUser(call: Call): Promise<Reply> {
  const { password, resource } = takePassword(await readResourceBody(call, call.types.user, "create"));
  const wanted = newUserOf(resource);
  const prepared = await prepareSentPassword(call, password, {
    username: wanted.username,
    display_name: wanted.displayName,
    given_name: wanted.givenName ?? null,
    family_name: wanted.familyName ?? null,
    email: primaryEmail(wanted.resource ?? {}),
  });
  const settings = await readSettings(call.house.db);
  if (prepared === undefined && settings["users.seatLimit"] === 0 && !hasManager({ resource: wanted.resource ?? {} })) {
    return await createAtOnce(call, { ...wanted, directoryId: call.directory.id }, settings);
  }
  const row = await inScimWork(call, async (work) => {
    const id = await createUser(work, { ...wanted, directoryId: call.directory.id });
    if (prepared !== undefined)
      await setPassword(work, id, prepared, { isTemporary: false, event: "user.passwordSet" });
    else if (wanted.isActive === true && primaryEmail(wanted.resource ?? {}) !== null) await invite(work, id);
    return await readBack(work, call, id);
  });
  return userReply(call, 201, row);
}

/** The usual case, in one statement: nothing of it is looked up, and the answer is known beforehand. */
async function createAtOnce(call: Call, wanted: NewUser, settings: Settings): Promise<Reply> {
  try {
    const user = await inOneStatement(call.house, call, async (work) => {
      knowSettings(work.tx, settings);
      const row = await createUserAtTheEnd(work, wanted);
      if (settings["onboarding.mailOnScim"] && row.disabledAt === null) inviteNewUser(work, row);
      return row;
    });
    return userReply(call, 201, freshRow(user));
  } catch (error) {
    throw takenFailure(error) ?? error;
  }
}

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
  const { user: type } = call.types;
  const prepared = await prepareForKnown(call, id, password);
  const row = await inScimWork(call, async (work) => {
    let wasActive = true;
    const after = await updateUser(work, id as UserId, (before) => {
      requireMatch(call.ifMatch, before);
      wasActive = before.disabled_at === null;
      const resource = storedUser(before, type);
      return userChangeOf(before, resource, change(resource));
    });
    if (prepared !== undefined) await replacePassword(work, after.id, prepared);
    else if (!wasActive && isAwaited(after)) await invite(work, after.id);
    return prepared === undefined ? await withParts(work.tx, call, after) : await readBack(work, call, after.id);
  });
  return userReply(call, 200, row);
}

async function prepareForKnown(call: Call, id: string, password: unknown): Promise<CheckedPassword | undefined> {
  if (password === undefined) return undefined;
  const { house, directory } = call;
  const known = await selectScimUser(house.db, directory.id, id, false);
  if (known === undefined) throw missing("User", id);
  return await prepareSentPassword(call, password, { ...known, email: primaryEmail(known.resource) });
}

/** Somebody who became active and has not been here yet. */
function isAwaited(user: UserRow): boolean {
  return user.disabled_at === null && user.onboarded_at === null && user.email !== null;
}

async function invite(work: Work, id: UserId): Promise<void> {
  if (await readSetting(work.tx, "onboarding.mailOnScim")) await inviteUser(work, id);
}

async function readBack(work: Work, call: Call, id: UserId): Promise<ScimUserRow> {
  const row = await selectScimUser(work.tx, call.directory.id, id, true);
  if (row === undefined) throw missing("User", id);
  return row;
}
