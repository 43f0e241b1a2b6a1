import { knowAttributes } from "../../attributes/read-attributes.ts";
import { inOneStatement } from "../../db/work.ts";
import type { DirectoryId } from "../../kernel/ids.ts";
import { inviteNewUser, inviteUser } from "../../onboarding/invite-user.ts";
import { setPassword } from "../../passwords/set-password.ts";
import type { CheckedPassword } from "../../passwords/set-password.ts";
import type { Settings } from "../../settings/definitions.ts";
import { knowSettings } from "../../settings/read-settings.ts";
import { adoptUser } from "../../users/adopt-user.ts";
import { createUser, createUserAtTheEnd, takenFailure } from "../../users/create-user.ts";
import type { NewUser } from "../../users/create-user.ts";
import { primaryEmail } from "../../users/emails.ts";
import type { Call, Reply } from "./call.ts";
import { inScimWork } from "./in-scim-work.ts";
import { inviteAwaited } from "./invite-awaited.ts";
import { readResourceBody } from "./read-resources.ts";
import { freshRow, hasManager, newUserOf, unusableParts } from "./user-resource.ts";
import { prepareSentPassword, replacePassword, takePassword } from "./user-password.ts";
import { readBack, userReply } from "./user-reply.ts";

/** A user to be made, with the rules of the organization that were read for it. */
interface Wanted {
  user: NewUser & { directoryId: DirectoryId };
  password: CheckedPassword | undefined;
  settings: Settings;
}

/**
 * POST /Users (RFC 7644 §3.3). Whoever is new and active gets the activation mail, in the same transaction, unless
 * the directory brought a password. A directory that adopts gets a local account that matches, with the id it has.
 */
export async function postUser(call: Call): Promise<Reply> {
  const { password: sent, resource } = takePassword(await readResourceBody(call, call.types.user, "create"));
  const user = { ...newUserOf(resource, call.types), directoryId: call.directory.id };
  call.note(unusableParts(user));
  const password = await prepareSentPassword(call, sent, {
    username: user.username,
    display_name: user.displayName,
    given_name: user.givenName ?? null,
    family_name: user.familyName ?? null,
    email: primaryEmail(user.resource ?? {}),
  });
  const settings = await call.settings();
  const wanted = { user, password, settings };
  const adopted = call.directory.adopt === null ? undefined : await adopt(call, wanted, call.directory.adopt);
  if (adopted !== undefined) return adopted;
  const isPlain = password === undefined && settings["users.seatLimit"] === 0;
  return isPlain && !hasManager({ resource: user.resource ?? {} })
    ? await createAtOnce(call, wanted)
    : await create(call, wanted);
}

/** The usual case, in one statement: nothing of it is looked up, and the answer is known beforehand. */
async function createAtOnce(call: Call, { user, settings }: Wanted): Promise<Reply> {
  try {
    const made = await inOneStatement(call.house, call, async (work) => {
      knowSettings(work.tx, settings);
      knowAttributes(work.tx, call.types.attributes);
      const row = await createUserAtTheEnd(work, user);
      if (mayInvite(call, settings) && row.disabledAt === null) inviteNewUser(work, row);
      return row;
    });
    return userReply(call, 201, freshRow(made));
  } catch (error) {
    throw takenFailure(error, call.types.attributes) ?? error;
  }
}

async function create(call: Call, { user, password, settings }: Wanted): Promise<Reply> {
  const hasEmail = primaryEmail(user.resource ?? {}) !== null;
  const row = await inScimWork(call, async (work) => {
    const id = await createUser(work, user);
    if (password !== undefined)
      await setPassword(work, id, password, { isTemporary: false, event: "user.passwordSet" });
    else if (mayInvite(call, settings) && user.isActive === true && hasEmail) await inviteUser(work, id);
    return await readBack(work.tx, call, id);
  });
  return userReply(call, 201, row);
}

/** A connection test writes to nobody. */
function mayInvite(call: Call, settings: Settings): boolean {
  return settings["onboarding.mailOnScim"] && call.directory.test_id === null;
}

/** @returns undefined when no local account matches */
async function adopt(call: Call, { user, password }: Wanted, by: "username" | "email") {
  const row = await inScimWork(call, async (work) => {
    const adopted = await adoptUser(work, user, by);
    if (adopted === undefined) return undefined;
    if (password !== undefined) await replacePassword(work, adopted.id, password);
    else await inviteAwaited(work, call, adopted);
    return await readBack(work.tx, call, adopted.id);
  });
  return row === undefined ? undefined : userReply(call, 201, row);
}
