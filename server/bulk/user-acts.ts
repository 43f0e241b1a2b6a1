import type { UserAction } from "../contract/users.ts";
import type { Work } from "../db/work.ts";
import { resetFactors } from "../factors/remove-factors.ts";
import type { UserId } from "../kernel/ids.ts";
import { inviteUser } from "../onboarding/invite-user.ts";
import { removeIdentity } from "../onboarding/remove-identity.ts";
import { sendReset } from "../onboarding/reset-password.ts";
import { welcomeUser } from "../onboarding/welcome-user.ts";
import { allow } from "../permissions/rules.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { changeStatus } from "../users/change-status.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";

/** What can be done to a user in one click, by one or by many. Each refuses as its command does. */
export const userActs: Record<UserAction, (work: Work, id: UserId) => Promise<void>> = {
  enable: async (work, id) => await changeStatus(work, id, "enable"),
  disable: async (work, id) => await changeStatus(work, id, "disable"),
  block: async (work, id) => await changeStatus(work, id, "block"),
  unblock: async (work, id) => await changeStatus(work, id, "unblock"),
  sendActivation: inviteUser,
  sendWelcome: welcomeUser,
  sendPasswordReset: sendReset,
  resetFactors,
  removeIdentity,
  async endSessions(work, id) {
    const user = await requireLockedUser(work, id);
    allow(userRules, work.actor, "user.endSessions", targetOf(user));
    await endSessions(work, id, "administrator");
  },
};
