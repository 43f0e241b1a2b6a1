import type { InvitationState } from "../../contract/users.ts";
import type { MailId, UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/** What is true of a row `o` of `onboardings` in each state. They exclude each other; the mail counts for most. */
const states: Record<Exclude<InvitationState, "uninvited">, string> = {
  failed: "o.mail_state = 'failed'",
  expired: "o.mail_state is distinct from 'failed' and o.expires_at <= now()",
  opened: "o.mail_state is distinct from 'failed' and o.expires_at > now() and o.opened_at is not null",
  copied: `o.mail_state is null and ${isFresh()}`,
  waiting: `o.mail_state = 'waiting' and ${isFresh()}`,
  kept: `o.mail_state = 'kept' and ${isFresh()}`,
  sent: `o.mail_state = 'sent' and ${isFresh()}`,
};

function isFresh(): string {
  return "o.expires_at > now() and o.opened_at is null";
}

/** The state of a row of `onboardings` that was joined from the left, as a word. */
export function invitationOf(): string {
  const cases = Object.entries(states).map(([state, condition]) => `when ${condition} then '${state}'`);
  return `case when o.user_id is null then 'uninvited' ${cases.join(" ")} end`;
}

/** The condition that users `u` who are not onboarded are in one of the states. */
export function isInvitation(asked: readonly InvitationState[]): string {
  const conditions = asked.map((state) =>
    state === "uninvited"
      ? "not exists (select 1 from onboardings o where o.user_id = u.id)"
      : `exists (select 1 from onboardings o where o.user_id = u.id and o.completed_at is null and ${states[state]})`,
  );
  return `(${conditions.join(" or ")})`;
}

/** Notes that a link was made, and the mail that it is in. Uses onboardings_pkey. */
export async function noteLink(
  to: Queryable,
  link: {
    userId: UserId;
    now: Date;
    expiresAt: Date;
    mail: { id: MailId; state: "waiting" | "kept" } | null;
  },
): Promise<void> {
  await to.run(
    `insert into onboardings as o (user_id, invited_at, linked_at, expires_at, mail_id, mail_state)
     values ($1, $2, $2, $3, $4, $5)
     on conflict (user_id) do update set linked_at = excluded.linked_at, expires_at = excluded.expires_at,
       opened_at = null, links = o.links + 1, mail_id = excluded.mail_id, mail_state = excluded.mail_state`,
    [link.userId, link.now, link.expiresAt, link.mail?.id ?? null, link.mail?.state ?? null],
  );
}

/** Notes what became of the mail with the link. Uses onboardings_mail. */
export async function noteMailState(
  to: Queryable,
  mailIds: readonly string[],
  state: "waiting" | "sent" | "failed" | "kept",
  now: Date,
): Promise<void> {
  await to.run(
    `update onboardings set mail_state = $2,
       first_sent_at = case when $2 = 'sent' then coalesce(first_sent_at, $3) else first_sent_at end
     where mail_id = any($1::uuid[])`,
    [mailIds, state, now],
  );
}

/** Notes that somebody came by a link; the first time of each link. Uses onboardings_pkey. */
export async function noteOpened(to: Queryable, userId: UserId, now: Date): Promise<void> {
  await to.run(
    `update onboardings set opened_at = $2, first_opened_at = coalesce(first_opened_at, $2)
     where user_id = $1 and opened_at is null`,
    [userId, now],
  );
}

/** Whom to remind: pending people with a mail that arrived and a link that was made long enough ago. Uses onboardings_open. */
export async function selectForgetful(
  from: Queryable,
  asked: { before: Date; times: number; limit: number },
): Promise<{ user_id: UserId; reminders: number }[]> {
  return await from.rows(
    `select o.user_id, o.reminders from onboardings o join users u on u.id = o.user_id
     where o.completed_at is null and o.linked_at < $1 and (o.reminded_at is null or o.reminded_at < $1)
       and o.reminders < $2 and o.mail_state in ('sent', 'kept') and u.status = 'pending' and u.email is not null
     order by o.linked_at limit $3`,
    [asked.before, asked.times, asked.limit],
  );
}

/** Counts a reminder. @returns false when another worker was quicker */
export async function takeReminder(
  to: Queryable,
  { user_id, reminders }: { user_id: UserId; reminders: number },
  now: Date,
): Promise<boolean> {
  const taken = await to.run(
    "update onboardings set reminders = reminders + 1, reminded_at = $3 where user_id = $1 and reminders = $2",
    [user_id, reminders, now],
  );
  return taken === 1;
}
