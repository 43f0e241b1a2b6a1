import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context } from "koa";
import type { House } from "../../house.ts";
import { browserOf } from "../../oidc/browser-binding.ts";

/**
 * Where a request comes from, by what only a browser can say. `Sec-Fetch-Site` is asked first: under
 * `Referrer-Policy: no-referrer` the Origin of a form is `null` (Fetch §3.1).
 *
 * @returns unknown when the browser says nothing: an old one, or no browser
 */
export function sourceOf(ctx: Context, issuer: string): "own" | "foreign" | "unknown" {
  const site = ctx.get("sec-fetch-site");
  if (site !== "") return site === "same-origin" ? "own" : "foreign";
  const origin = ctx.get("origin");
  if (origin !== "" && origin !== "null") return origin === issuer ? "own" : "foreign";
  const referer = ctx.get("referer");
  if (referer !== "") return URL.parse(referer)?.origin === issuer ? "own" : "foreign";
  return "unknown";
}

/** The token that a form carries for browsers that say nothing about where it came from. */
export function formToken(house: House, ctx: Context): string {
  const [key = ""] = house.keyring.signingKeys("forms");
  return sign(key, browserOf(ctx));
}

/** Says whether a form carries the token of this browser. */
export function isFormToken(house: House, ctx: Context, given: string | undefined): boolean {
  if (given === undefined) return false;
  const actual = Buffer.from(given);
  return house.keyring.signingKeys("forms").some((key) => {
    const expected = Buffer.from(sign(key, browserOf(ctx)));
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  });
}

function sign(key: string, browser: string): string {
  return createHmac("sha256", key).update(browser).digest("base64url");
}
