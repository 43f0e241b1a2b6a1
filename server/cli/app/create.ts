import { createApp } from "#server/apps/create-app.ts";
import type { Work } from "#server/db/work.ts";
import { UsageError } from "../command.ts";
import { readGrants, readSettingFlags } from "./settings-flags.ts";
import type { SettingFlags } from "./settings-flags.ts";

interface AppFlags extends SettingFlags {
  name: string;
  redirectUri: string[] | undefined;
  postLogoutRedirectUri: string[] | undefined;
  backchannelLogoutUri: string | undefined;
  grant: string[] | undefined;
  public: boolean;
  machine: boolean;
  thirdParty: boolean;
  requireFactor: boolean;
  scimMe: boolean;
  access: string | undefined;
}

/** Makes an app from the flags of the command line. @throws app.* */
export async function createAppFor(
  work: Work,
  flags: AppFlags,
): Promise<{ clientId: string; clientSecret: string | null }> {
  if (flags.public && flags.machine) throw new UsageError("An app is `--public` or `--machine`, not both.");
  const { app, clientSecret } = await createApp(work, {
    name: flags.name,
    kind: flags.public ? "public" : flags.machine ? "machine" : "web",
    redirectUris: flags.redirectUri ?? [],
    postLogoutRedirectUris: flags.postLogoutRedirectUri ?? [],
    backchannelLogoutUri: flags.backchannelLogoutUri ?? null,
    ...(flags.grant === undefined ? {} : { grantTypes: readGrants(flags.grant) }),
    isThirdParty: flags.thirdParty,
    requireFactor: flags.requireFactor,
    scimMe: flags.scimMe,
    access: flags.access === "chosen" ? "chosen" : "everyone",
    ...readSettingFlags(flags),
  });
  return { clientId: app.clientId, clientSecret };
}
