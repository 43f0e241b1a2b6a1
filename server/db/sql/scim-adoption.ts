import type { DirectoryId, UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";
import { lockUser } from "./users.ts";
import type { UserRow } from "./users.ts";

/**
 * The one account of no directory that has this username or this primary email, locked.
 * Uses users_username_key and users_email.
 *
 * @returns undefined when there is none, or more than one with the email
 */
export async function lockLocalUser(
  from: Queryable,
  by: "username" | "email",
  sought: string,
): Promise<UserRow | undefined> {
  const column = by === "username" ? "username" : "email";
  const found = await from.rows<{ id: UserId }>(
    `select id from users
     where lower(${column}) = lower($1) and directory_id is null and deleted_at is null limit 2`,
    [sought],
  );
  const [only, another] = found;
  if (only === undefined || another !== undefined) return undefined;
  const locked = await lockUser(from, only.id);
  // Another directory may have been quicker.
  return locked?.directory_id === null ? locked : undefined;
}

/** Makes a directory the owner of an account. Uses users_pkey. */
export async function giveToDirectory(to: Queryable, id: UserId, directoryId: DirectoryId, now: Date): Promise<void> {
  await to.run("update users set directory_id = $2, updated_at = $3, version = version + 1 where id = $1", [
    id,
    directoryId,
    now,
  ]);
}
