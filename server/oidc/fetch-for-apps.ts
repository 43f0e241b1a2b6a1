import type { Configuration } from "oidc-provider";
import type { House } from "../house.ts";
import { ask, readRanges } from "../kernel/outgoing.ts";
import { readSetting } from "../settings/read-settings.ts";

/**
 * How the provider asks addresses of apps: to tell of a sign-out, to read their keys. Private networks are asked only as
 * far as the setting `apps.privateNetworks` allows; where the issuer is on localhost, so are the apps.
 */
export function fetchForApps(house: House): NonNullable<Configuration["fetch"]> {
  const localhost = house.config.issuer.startsWith("http:");
  return async (url, options) => {
    const request = new Request(url, { method: options?.method ?? "GET", headers: options?.headers ?? {} });
    return await ask(
      new URL(request.url),
      { method: request.method, headers: Object.fromEntries(request.headers), body: asText(options?.body) },
      { privateNetworks: readRanges(await readSetting(house.db, "apps.privateNetworks")), localhost },
    );
  };
}

/** The provider sends forms and nothing else. */
function asText(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string" || body instanceof URLSearchParams) return body.toString();
  throw new Error("the provider sends something that is no form");
}
