import type { Reply } from "#console/api/call.ts";

export type AppKind = Reply<"getApp">["kind"];

/** What the form of an app holds while it is filled in; addresses are one a line. */
export interface AppValues extends Record<string, unknown> {
  name: string;
  redirectUris: string;
  postLogoutRedirectUris: string;
  backchannelLogoutUri: string;
  isThirdParty: boolean;
  requireFactor: boolean;
  scimMe: boolean;
}

export const noApp: AppValues = {
  name: "",
  redirectUris: "",
  postLogoutRedirectUris: "",
  backchannelLogoutUri: "",
  isThirdParty: false,
  requireFactor: false,
  scimMe: false,
};

/** The form filled with an app. */
export function appValues(app: Reply<"getApp">): AppValues {
  return {
    name: app.name,
    redirectUris: app.redirectUris.join("\n"),
    postLogoutRedirectUris: app.postLogoutRedirectUris.join("\n"),
    backchannelLogoutUri: app.backchannelLogoutUri ?? "",
    isThirdParty: app.isThirdParty,
    requireFactor: app.requireFactor,
    scimMe: app.scimMe,
  };
}

/** The body that creates or changes an app. An app without people has no addresses. */
export function appBody(values: AppValues, kind: AppKind) {
  const isMachine = kind === "machine";
  return {
    name: values.name.trim(),
    redirectUris: isMachine ? [] : lines(values.redirectUris),
    postLogoutRedirectUris: isMachine ? [] : lines(values.postLogoutRedirectUris),
    backchannelLogoutUri:
      isMachine || values.backchannelLogoutUri.trim() === "" ? null : values.backchannelLogoutUri.trim(),
    isThirdParty: values.isThirdParty,
    requireFactor: values.requireFactor,
    scimMe: values.scimMe,
  };
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
