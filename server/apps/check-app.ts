import { failure } from "../contract/failure.ts";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Checks an address that the provider will send people or tokens to. It is compared to the letter later
 * (RFC 9700 §2.1), so nothing in it may be open to reading: no wildcard, fragment, user name or dot segment.
 * Apps on phones may use a scheme of their own with a dot in it (RFC 8252 §7.1).
 *
 * @throws app.redirectUriInvalid naming the address
 */
export function checkRedirectUri(text: string, field: string): void {
  const url = URL.parse(text);
  const refuse = () =>
    failure("app.redirectUriInvalid", {
      field,
      says: `${text.slice(0, 200)} cannot be used: an address must be complete, use https (http only for localhost), and have no fragment or wildcard.`,
    });
  if (url === null || /[\s*#\\\p{Cc}]/u.test(text) || url.username !== "" || url.password !== "") throw refuse();
  const isWeb = url.protocol === "https:" || (url.protocol === "http:" && localHosts.has(url.hostname));
  const isOwnScheme = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol) && !text.includes("//");
  if (!isWeb && !isOwnScheme) throw refuse();
  if (isWeb && (url.hostname === "" || /(?:^|\/)\.{1,2}(?:\/|\?|$)|%2e/i.test(text.replace(/^[a-z]+:\/\/[^/]*/, ""))))
    throw refuse();
}

/**
 * Checks an address that the house itself will ask: complete, on the web, without user name or fragment. Whether it is
 * on a network that may be asked is seen when it is asked (see kernel/outgoing.ts).
 *
 * @throws app.addressInvalid naming the field
 */
export function checkOwnAddress(text: string, field: string): void {
  const url = URL.parse(text);
  const isLocal = url?.protocol === "http:" && localHosts.has(url.hostname);
  const isPlain =
    url !== null && url.username === "" && url.password === "" && url.hash === "" && !/[\s\p{Cc}]/u.test(text);
  if (!isPlain || (url.protocol !== "https:" && !isLocal)) throw failure("app.addressInvalid", { field });
}
