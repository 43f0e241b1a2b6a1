import { countAppUsers, presentApp } from "#server/apps/list-apps.ts";
import { updateApp } from "#server/apps/update-app.ts";
import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { isId } from "#server/kernel/ids.ts";

interface AppFlags {
  name: string | undefined;
  redirectUri: string[] | undefined;
  postLogoutRedirectUri: string[] | undefined;
  backchannelLogoutUri: string | undefined;
  thirdParty: string | undefined;
  scimMe: string | undefined;
}

/** Changes an app; what has no flag stays, and an empty `--backchannel-logout-uri=` clears. @throws app.* */
export async function changeApp(work: Work, named: string, flags: AppFlags): Promise<ReturnType<typeof presentApp>> {
  const { name, redirectUri, postLogoutRedirectUri, backchannelLogoutUri, thirdParty, scimMe } = flags;
  const app = await updateApp(work, await findApp(work, named), {
    ...(name === undefined ? {} : { name }),
    ...(redirectUri === undefined ? {} : { redirectUris: redirectUri }),
    ...(postLogoutRedirectUri === undefined ? {} : { postLogoutRedirectUris: postLogoutRedirectUri }),
    ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri: backchannelLogoutUri || null }),
    ...(thirdParty === undefined ? {} : { isThirdParty: thirdParty === "yes" }),
    ...(scimMe === undefined ? {} : { scimMe: scimMe === "yes" }),
  });
  return presentApp(app, await countAppUsers(work, app.id));
}

/** Uses the keys of apps by id, client id and name; a client id is random, so it is no app's name. */
async function findApp(work: Work, named: string): Promise<string> {
  const row = await work.tx.row<{ id: string }>(
    `select id from apps where ${isId(named) ? "id = $1" : "client_id = $1 or lower(name) = lower($1)"} limit 1`,
    [named],
  );
  if (row !== undefined) return row.id;
  throw failure("app.missing", { says: `There is no app named ${JSON.stringify(named)}.` });
}
