import type { House } from "../house.ts";

/** Names of all cookies. `__Host-` keeps sibling domains from setting them, and needs https and the path `/`. */
export interface CookieNames {
  session: string;
  browser: string;
  /** Long-lived: what devices are recognised by. */
  device: string;
  interaction: string;
  resume: string;
  console: string;
  consoleSignIn: string;
}

/** The names by whether the issuer is https; browsers refuse the prefixes over http, which is for localhost only. */
export function cookieNames(issuer: string): CookieNames {
  const isHttps = issuer.startsWith("https:");
  const host = isHttps ? "__Host-" : "";
  const secure = isHttps ? "__Secure-" : "";
  return {
    session: `${host}gatehouse_session`,
    browser: `${host}gatehouse_browser`,
    device: `${host}gatehouse_device`,
    // The provider binds these two to the path of one sign-in; what holds it to the browser is `browser`.
    interaction: `${secure}gatehouse_interaction`,
    resume: `${secure}gatehouse_resume`,
    console: `${host}gatehouse_console`,
    consoleSignIn: `${host}gatehouse_console_signin`,
  };
}

/** Keys that sign cookies, newest first. */
export function cookieKeys(house: House): string[] {
  return house.keyring.signingKeys("cookies");
}
