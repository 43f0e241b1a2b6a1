import type { InvitationState } from "../../contract/users.ts";
import type { UserId } from "../../kernel/ids.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";
import { invitationOf } from "./onboardings.ts";
import { userConditions } from "./user-list.ts";
import type { UserListFilter } from "./user-list.ts";

export interface OnboardingRow {
  id: UserId;
  display_name: string;
  username: string;
  email: string | null;
  directory_id: string | null;
  directory_name: string | null;
  created_at: Date;
  state: InvitationState;
  invited_at: Date | null;
  linked_at: Date | null;
  opened_at: Date | null;
  expires_at: Date | null;
  links: number;
  reminders: number;
  mail_id: string | null;
  sent_at: Date | null;
  last_error: string | null;
  welcomed_at: Date | null;
}

/**
 * One page of people who have not completed onboarding, the newest account first. The page is cut first; invitations and
 * mails are looked up for its rows alone. Uses users_status, or users_search for a part of a name, or an index of
 * onboardings for a state that is rare; then onboardings_pkey, mails_pkey and mails_user.
 */
export async function selectOnboardingPage(
  from: Queryable,
  filter: UserListFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<OnboardingRow>> {
  const of = "onboarding";
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const where = userConditions(filter, binds);
  const key = { expression: "u.created_at", type: "timestamptz" } as const;
  const { where: after, orderBy } = keyset(key, "u.id", "desc", cursor, binds);
  const rows = await from.rows<OnboardingRow & { sort_value: string }>(
    `with page as materialized (
       select u.id, u.display_name, u.username, u.email, u.directory_id, u.created_at, u.created_at::text as sort_value,
         row_number() over () as place
       from (select * from users u where ${[...where, after].join(" and ")}
         order by ${orderBy} limit ${binds.bind(page.limit + 1)}) u
     )
     select p.id, p.display_name, p.username, p.email, p.directory_id, d.name as directory_name, p.created_at,
       p.sort_value, ${invitationOf()} as state, o.invited_at, o.linked_at, o.opened_at, o.expires_at,
       coalesce(o.links, 0) as links, coalesce(o.reminders, 0) as reminders, m.id as mail_id, m.sent_at, m.last_error,
       (select max(w.created_at) from mails w where w.user_id = p.id and w.template = 'welcome') as welcomed_at
     from page p left join directories d on d.id = p.directory_id left join onboardings o on o.user_id = p.id
     left join mails m on m.id = o.mail_id
     order by p.place`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.sort_value, id: row.id }));
}
