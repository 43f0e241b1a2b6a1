import type { AppId, UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../connect.ts";

/** Counts a sign-in on the user and on the app. Uses users_pkey and app_uses_pkey; one round trip. */
export async function noteSignIn(
  to: Queryable,
  signIn: { userId: UserId; appId: AppId | null; address: string | null; now: Date },
): Promise<void> {
  await to.run(
    `with used as (
       insert into app_uses (user_id, app_id, first_at, last_at) select $1, $2::uuid, $4, $4 where $2::uuid is not null
       on conflict (user_id, app_id) do update set last_at = excluded.last_at
     )
     update users set sign_in_count = sign_in_count + 1, last_active_at = $4, last_address = $3::inet where id = $1`,
    [signIn.userId, signIn.appId, signIn.address, signIn.now],
  );
}
