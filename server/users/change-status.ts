import { record } from "../audit/record.ts";
import { saveUser } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import type { EndReason } from "../sessions/end-reason.ts";
import { userRules } from "./policy.ts";
import { requireLockedUser, requireOtherAdministrator, targetOf } from "./update-user.ts";

export type StatusChange = "enable" | "disable" | "block" | "unblock";

interface Effect {
  event: string;
  /** The row afterwards, or undefined when it is so already. */
  apply(user: UserRow, now: Date): UserRow | undefined;
  endsSessions?: EndReason;
}

const effects: Record<StatusChange, Effect> = {
  enable: {
    event: "user.enabled",
    apply: (user) => (user.disabled_at === null ? undefined : { ...user, disabled_at: null }),
  },
  disable: {
    event: "user.disabled",
    apply: (user, now) => (user.disabled_at === null ? { ...user, disabled_at: now } : undefined),
    endsSessions: "disabled",
  },
  block: {
    event: "user.blocked",
    apply: (user, now) => (user.blocked_at === null ? { ...user, blocked_at: now } : undefined),
    endsSessions: "blocked",
  },
  unblock: {
    event: "user.unblocked",
    apply: (user) => (user.blocked_at === null ? undefined : { ...user, blocked_at: null }),
  },
};

/**
 * Disables, enables, blocks or unblocks a user (U9). Doing it again changes nothing and succeeds.
 *
 * @throws user.missing user.lastAdministrator access.denied
 */
export async function changeStatus(work: Work, id: UserId, change: StatusChange): Promise<void> {
  const before = await requireLockedUser(work, id);
  allow(userRules, work.actor, "user.changeStatus", targetOf(before));
  const effect = effects[change];
  const after = effect.apply(before, work.now);
  if (after === undefined) return;
  if (effect.endsSessions !== undefined) await requireOtherAdministrator(work, before);
  await saveUser(work.tx, after, work.now);
  record(work, { type: effect.event, subject: { kind: "user", id, name: after.display_name } });
  if (effect.endsSessions !== undefined) await endSessions(work, id, effect.endsSessions);
}
