import type { Queryable } from "../queryable.ts";

export interface UserViewRow {
  id: string;
  name: string;
  query: string;
  created_at: Date;
}

/** The views of one administrator by name. There are few. Uses user_views_name_key. */
export async function selectUserViews(from: Queryable, userId: string): Promise<UserViewRow[]> {
  return await from.rows<UserViewRow>(
    "select id, name, query, created_at from user_views where user_id = $1 order by lower(name)",
    [userId],
  );
}

/** Keeps a view; one of the same name is replaced. Uses user_views_name_key. */
export async function upsertUserView(to: Queryable, userId: string, view: UserViewRow): Promise<UserViewRow> {
  const row = await to.row<UserViewRow>(
    `insert into user_views (id, user_id, name, query, created_at) values ($1, $2, $3, $4, $5)
     on conflict (user_id, lower(name)) do update set name = excluded.name, query = excluded.query
     returning id, name, query, created_at`,
    [view.id, userId, view.name, view.query, view.created_at],
  );
  return row ?? view;
}

/** @returns whether it was there. Uses user_views_pkey. */
export async function deleteUserViewRow(to: Queryable, userId: string, id: string): Promise<boolean> {
  return (await to.run("delete from user_views where id = $1 and user_id = $2", [id, userId])) > 0;
}
