import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { deleteAppRecords } from "../db/sql/app-access.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { tellApps } from "../sessions/tell-apps.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";

/**
 * Takes back what a user has let an app have (ASVS 10.7.3): its tokens end and the app is told. A third-party app asks
 * for consent again at the next sign-in; one of the organization's own only signs the person in again.
 *
 * @throws user.missing app.missing access.denied
 */
export async function revokeApp(work: Work, userId: UserId, appId: string): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.endSessions", targetOf(user));
  const app = isId(appId)
    ? await work.tx.row<{ id: string }>("select id from apps where id = $1 and not is_built_in", [appId])
    : undefined;
  if (app === undefined) throw failure("app.missing");
  const { told } = await deleteAppRecords(work.tx, app.id, [userId]);
  await tellApps(work, told, "self");
  await work.tx.run("delete from app_uses where user_id = $1 and app_id = $2", [userId, app.id]);
  record(work, {
    type: "app.revoked",
    subject: { kind: "user", id: userId, name: user.display_name },
    appId: app.id,
  });
}
