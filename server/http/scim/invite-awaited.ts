import type { UserRow } from "../../db/sql/users.ts";
import type { Work } from "../../db/work.ts";
import { inviteUser } from "../../onboarding/invite-user.ts";
import { readSetting } from "../../settings/read-settings.ts";
import type { Call } from "./call.ts";

/** Sends the activation mail to somebody who is active and has not been here yet, if the organization wants that (O4). */
export async function inviteAwaited(work: Work, call: Call, user: UserRow): Promise<void> {
  if (call.directory.test_id !== null) return;
  if (user.disabled_at !== null || user.onboarded_at !== null || user.email === null) return;
  if (await readSetting(work.tx, "onboarding.mailOnScim")) await inviteUser(work, user.id);
}
