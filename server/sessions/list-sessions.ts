import { selectSessions } from "../db/sql/sessions.ts";
import type { SessionRow } from "../db/sql/sessions.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";

/** Sessions of a user that are not over. Authorization is the caller's: it has read the user under its policy. */
export async function listSessions(work: Work, userId: UserId): Promise<SessionRow[]> {
  return await selectSessions(work.tx, userId, work.now);
}
