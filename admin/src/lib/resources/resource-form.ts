import type { Reply } from "#console/api/call.ts";

type Resource = Reply<"getResource">;

/** What the form of an API holds while it is filled in; scopes are one a line, the description after a space. */
export interface ResourceValues extends Record<string, unknown> {
  identifier: string;
  name: string;
  scopes: string;
  tokenFormat: Resource["tokenFormat"];
  minutes: string;
  signingAlg: Resource["signingAlg"];
  access: Resource["access"];
  apps: Record<string, boolean>;
}

export const noResource: ResourceValues = {
  identifier: "",
  name: "",
  scopes: "",
  tokenFormat: "jwt",
  minutes: "",
  signingAlg: "RS256",
  access: "ownApps",
  apps: {},
};

export function resourceValues(resource: Resource): ResourceValues {
  const { identifier, name, scopes, tokenFormat, tokenSeconds, signingAlg, access, apps } = resource;
  return {
    identifier,
    name,
    scopes: scopes.map((scope) => `${scope.name} ${scope.description}`.trim()).join("\n"),
    tokenFormat,
    minutes: tokenSeconds === null ? "" : String(Math.round((tokenSeconds / 60) * 100) / 100),
    signingAlg,
    access,
    apps: Object.fromEntries(apps.map((app) => [app.id, true])),
  };
}

/** What can be changed of an API, as the body of a request. */
export function resourceBody(values: ResourceValues) {
  const minutes = values.minutes.trim().replace(",", ".");
  return {
    ...(values.name.trim() !== "" && { name: values.name.trim() }),
    scopes: values.scopes
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => {
        const [name = "", ...words] = line.split(/\s+/);
        return { name, description: words.join(" ") };
      }),
    tokenFormat: values.tokenFormat,
    tokenSeconds: minutes === "" ? null : Math.round(Number(minutes) * 60),
    signingAlg: values.signingAlg,
    access: values.access,
    appIds: Object.keys(values.apps).filter((id) => values.apps[id] === true),
  };
}
