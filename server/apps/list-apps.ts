import type { z } from "zod";
import type { appRow } from "../contract/apps.ts";
import type { AppColumns } from "../db/models/app.ts";
import type { AppListRow } from "../db/sql/app-list.ts";
import { countApps, selectAppPage } from "../db/sql/app-list.ts";
import type { Work } from "../db/work.ts";
import type { Page } from "../db/keyset.ts";
import { allow } from "../permissions/rules.ts";
import { kindOf, settingsOf } from "./app-settings.ts";
import { appRules } from "./policy.ts";

/** One page of apps by name, with how many there are. @throws access.denied request.cursorInvalid */
export async function listApps(
  work: Work,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<AppListRow> & { total: number }> {
  allow(appRules, work.actor, "app.read", null);
  return { ...(await selectAppPage(work.tx, page)), total: await countApps(work.tx) };
}

/** An app in the words of the contract. @param userCount how many people have used it */
export function presentApp(app: AppColumns, userCount: number): z.infer<typeof appRow> {
  return {
    id: app.id,
    clientId: app.clientId,
    name: app.name,
    kind: kindOf(app),
    isBuiltIn: app.isBuiltIn,
    redirectUris: app.redirectUris,
    postLogoutRedirectUris: app.postLogoutRedirectUris,
    backchannelLogoutUri: app.backchannelLogoutUri,
    ...settingsOf(app),
    userCount,
    createdAt: app.createdAt.toISOString(),
    updatedAt: app.updatedAt.toISOString(),
  };
}

/** How many people have used an app. Uses app_uses by app; few apps, asked for one at a time. */
export async function countAppUsers(work: Work, id: string): Promise<number> {
  const row = await work.tx.row<{ count: number }>("select count(*)::int as count from app_uses where app_id = $1", [
    id,
  ]);
  return row?.count ?? 0;
}
