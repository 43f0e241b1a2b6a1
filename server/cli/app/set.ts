import { countAppUsers, presentApp } from "#server/apps/list-apps.ts";
import { updateApp } from "#server/apps/update-app.ts";
import type { Work } from "#server/db/work.ts";
import { findApp } from "./find.ts";
import { readGrants, readSettingFlags } from "./settings-flags.ts";
import type { SettingFlags } from "./settings-flags.ts";

interface AppFlags extends SettingFlags {
  requireFactor: string | undefined;
  grant: string[] | undefined;
  name: string | undefined;
  redirectUri: string[] | undefined;
  postLogoutRedirectUri: string[] | undefined;
  backchannelLogoutUri: string | undefined;
  thirdParty: string | undefined;
  scimMe: string | undefined;
  access: string | undefined;
}

/** Changes an app; what has no flag stays, and an empty `--backchannel-logout-uri=` clears. @throws app.* */
export async function changeApp(work: Work, named: string, flags: AppFlags): Promise<ReturnType<typeof presentApp>> {
  const { name, redirectUri, postLogoutRedirectUri, backchannelLogoutUri, thirdParty, scimMe, access } = flags;
  const { requireFactor, grant } = flags;
  const app = await updateApp(work, await findApp(work, named), {
    ...(name === undefined ? {} : { name }),
    ...(redirectUri === undefined ? {} : { redirectUris: redirectUri }),
    ...(postLogoutRedirectUri === undefined ? {} : { postLogoutRedirectUris: postLogoutRedirectUri }),
    ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri: backchannelLogoutUri || null }),
    ...(thirdParty === undefined ? {} : { isThirdParty: thirdParty === "yes" }),
    ...(scimMe === undefined ? {} : { scimMe: scimMe === "yes" }),
    ...(requireFactor === undefined ? {} : { requireFactor: requireFactor === "yes" }),
    ...(grant === undefined ? {} : { grantTypes: readGrants(grant) }),
    ...readSettingFlags(flags),
    ...(access === undefined ? {} : { access: access === "chosen" ? "chosen" : "everyone" }),
  });
  return presentApp(app, await countAppUsers(work, app.id));
}
