import type { Queryable } from "#server/db/queryable.ts";

/** Lets the planner know what was filled in, and brings it to the disk. Not within a transaction. */
export async function tidy(to: Queryable): Promise<void> {
  await to.run("vacuum (analyze) users, groups, group_members, group_groups, events, app_uses, user_activity");
  await to.run("checkpoint");
}
