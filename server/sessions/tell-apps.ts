import { insertLogoutNotices } from "../db/sql/logout-notices.ts";
import type { AppToTell } from "../db/sql/logout-notices.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { newId } from "../kernel/ids.ts";
import type { EndReason } from "./end-reason.ts";

/** Waits grow with each try, from seconds to hours; the last try comes after about four hours. */
const tries = 10;

/**
 * Has apps told, over their back channel, that a session is over for them: one job for each app and session, added in
 * the transaction that ends it (OpenID Connect Back-Channel Logout 1.0).
 * Authorization is the calling command's.
 */
export async function tellApps(work: Work, apps: readonly AppToTell[], why: EndReason): Promise<void> {
  if (apps.length === 0) return;
  const notices = apps.map((app) => ({ ...app, id: newId(work.now) }));
  await insertLogoutNotices(work.tx, notices, why, work.now);
  for (const { id, appId } of notices) {
    // One at a time for an app: an app that does not answer holds up its own notices and nobody else's.
    addJob(work.tx, "logout.tell", { noticeId: id }, { maxAttempts: tries, queue: `logout:${appId}` });
  }
}
