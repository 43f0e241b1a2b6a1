import { say } from "#console/words/say.svelte.ts";

/** Names of the fields, as errors on top of the form call them. */
export function appLabels(): Record<string, string> {
  return {
    name: say.appForm.name,
    redirectUris: say.appForm.redirectUris,
    postLogoutRedirectUris: say.appForm.postLogout,
    backchannelLogoutUri: say.appForm.backchannel,
  };
}
