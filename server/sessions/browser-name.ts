import Bowser from "bowser";

/** "Firefox on Windows" for a User-Agent header, or null when it tells nothing. */
export function browserName(userAgent: string | null | undefined): string | null {
  if (userAgent == null || userAgent === "") return null;
  // The header is the visitor's own; a megabyte of it is not worth reading.
  const { browser, os } = Bowser.parse(userAgent.slice(0, 500));
  if (browser.name === undefined || browser.name === "") return null;
  return os.name === undefined || os.name === "" ? browser.name : `${browser.name} on ${os.name}`;
}

/** Whether a User-Agent header is a phone's. */
export function isPhone(userAgent: string | null | undefined): boolean {
  return userAgent != null && userAgent !== "" && Bowser.parse(userAgent.slice(0, 500)).platform.type === "mobile";
}
