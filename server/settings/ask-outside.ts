import { ask, readRanges } from "../kernel/outgoing.ts";
import type { House } from "../house.ts";
import { readSetting } from "./read-settings.ts";

interface Sent {
  method?: string | undefined;
  headers?: Headers | Record<string, string> | [string, string][] | undefined;
  body?: unknown;
}

/**
 * How the house asks addresses that somebody typed in: those of apps, to tell of a sign-out or to read their keys, and
 * those of upstream providers. Private networks are asked only as far as the setting `apps.privateNetworks` allows;
 * where the issuer is on localhost, so are the others.
 *
 * @returns a function in the place of `fetch`, for libraries that take one
 */
export function askOutside(house: House): (url: string | URL | Request, options?: Sent) => Promise<Response> {
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

/** What is sent is a form, or nothing. */
function asText(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string" || body instanceof URLSearchParams) return body.toString();
  throw new Error("what is sent outside is no form");
}
