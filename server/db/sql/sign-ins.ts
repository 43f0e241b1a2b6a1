import type { UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/** Counts a sign-in on the user. Uses users_pkey. */
export async function noteSignIn(
  to: Queryable,
  signIn: { userId: UserId; address: string | null; now: Date },
): Promise<void> {
  await to.run(
    "update users set sign_in_count = sign_in_count + 1, last_active_at = $3, last_address = $2::inet where id = $1",
    [signIn.userId, signIn.address, signIn.now],
  );
}
