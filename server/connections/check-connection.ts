import { failure } from "../contract/failure.ts";

const localHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);
const domainPattern = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
// RFC 6749 §3.3.
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Checks the issuer of an upstream provider (OpenID Connect Discovery §2: https, no query or fragment).
 *
 * @param localhost whether http to this machine is taken, as it is where the own issuer is on localhost
 * @throws connection.issuerInvalid
 */
export function checkIssuer(text: string, localhost: boolean): string {
  const url = URL.parse(text.trim());
  const isWeb = url?.protocol === "https:" || (url?.protocol === "http:" && localhost && localHosts.has(url.hostname));
  if (url === null || !isWeb || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw failure("connection.issuerInvalid", { field: "issuer" });
  }
  return text.trim();
}

/** @throws connection.nameMissing */
export function checkName(text: string): string {
  const name = text.trim();
  if (name === "") throw failure("connection.nameMissing", { field: "name" });
  return name;
}

/** @throws connection.scopesInvalid */
export function checkScopes(text: string): string {
  const scopes = [...new Set(text.split(/\s+/).filter((scope) => scope !== ""))];
  if (!scopes.includes("openid") || !scopes.every((scope) => scopePattern.test(scope))) {
    throw failure("connection.scopesInvalid", { field: "scopes" });
  }
  return scopes.join(" ");
}

/** The domains in lower case, each once. @throws connection.domainInvalid */
export function checkDomains(texts: readonly string[]): string[] {
  const domains = [...new Set(texts.map((text) => text.trim().toLowerCase().replace(/^@/, "")))];
  const wrong = domains.find((domain) => !domainPattern.test(domain));
  if (wrong !== undefined) {
    throw failure("connection.domainInvalid", {
      field: "domains",
      says: `${JSON.stringify(wrong)} is not a domain such as example.com.`,
    });
  }
  return domains;
}
