import { record } from "../audit/record.ts";
import { deleteAppRecords, selectLostAccess } from "../db/sql/app-access.ts";
import type { Work } from "../db/work.ts";
import { tellApps } from "../sessions/tell-apps.ts";

/** How many users one transaction ends the access of: nobody waits long for its locks. */
const batch = 200;

const first = "00000000-0000-0000-0000-000000000000";

/**
 * Deletes what an app holds of users who may not use it any more, and tells the app that their sessions are over. Each
 * look-up refuses them from the commit on that took the access away; this makes it final, so that access which comes
 * back does not bring old tokens back.
 *
 * @param only these users alone
 * @returns the last user of this batch, to go on after, or undefined when nobody is left
 */
export async function endAccess(
  work: Work,
  appId: string,
  only: readonly string[] | undefined,
  after = first,
): Promise<string | undefined> {
  // open to all: a job calls it, no door does
  const lost = await selectLostAccess(work.tx, appId, only ?? null, after, batch);
  if (lost.length === 0) return undefined;
  const ids = lost.map((user) => user.id);
  const { told } = await deleteAppRecords(work.tx, appId, ids);
  await tellApps(work, told, "accessEnded");
  for (const { id, display_name: name } of lost) {
    record(work, { type: "app.accessEnded", subject: { kind: "user", id, name }, appId });
  }
  return ids.at(-1);
}
