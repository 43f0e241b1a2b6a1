import type { Locale } from "../kernel/words/locale.ts";
import type { MailData, MailName } from "./mail-data.ts";

/** What the examples say in each language. */
const words = {
  en: {
    organization: "Example Works",
    name: "Haruka Tanabe",
    app: "Field Notes",
    device: "Firefox on Windows",
    place: "Osaka, Japan",
    timeZone: "Europe/Berlin",
  },
  ja: {
    organization: "エグザンプル製作所",
    name: "田辺 遥",
    app: "現場ノート",
    device: "Windows の Firefox",
    place: "日本 大阪市",
    timeZone: "Asia/Tokyo",
  },
} as const satisfies Record<Locale, Record<string, string>>;

const at = new Date("2026-11-22T07:00:00Z");
const address = "203.0.113.24";
const day = 86_400;

/**
 * Example data for a mail: the first for a look at it, all of them together for every turn that its template can take.
 *
 * @param origin where the links lead; behind them is nothing
 * @param organization its name, where the example shall have the real one
 */
export function sampleMails<Name extends MailName>(
  name: Name,
  locale: Locale,
  origin = "https://id.example.com",
  organization: string = words[locale].organization,
): [MailData[Name], ...MailData[Name][]] {
  const { name: person, timeZone, app, device, place } = words[locale];
  const frame = { organization, supportEmail: "accounts@example.com" };
  const whom = { ...frame, name: person, username: "haruka.tanabe" };
  const signIn = { at, timeZone, app, device, place, address };
  const link = (path: string) => `${origin}${path}`;
  const invited = { ...whom, link: link("/activate/example"), ttlSeconds: 7 * day };
  const resets = { ...whom, link: link("/reset/example"), ttlSeconds: 1800 };
  const denied = { ...frame, name: person, username: "ada.okafor", person: "Ada Okafor", ...signIn };
  const changed = { ...whom, changedAt: at, timeZone, address };
  const newPassword = { ...changed, link: link("/reset"), device };
  const factors = { ...changed, link: link("/account/factors") };
  const samples: { [Each in MailName]: [MailData[Each], ...MailData[Each][]] } = {
    activation: [invited],
    "activation-reminder": [invited],
    welcome: [{ ...whom, link: link("/account/") }],
    "password-reset": [resets],
    "password-expired": [resets],
    "password-changed": [
      { ...newPassword, by: "administrator" },
      { ...newPassword, by: "self" },
      { ...newPassword, by: "reset" },
    ],
    "sign-in-confirm": [{ ...whom, ...signIn, link: link("/signin/confirm/example"), ttlSeconds: 600 }],
    "sign-in-new": [
      { ...whom, ...signIn, link: link("/account/"), what: "device" },
      { ...whom, ...signIn, link: link("/account/"), what: "place" },
      { ...whom, ...signIn, link: link("/account/"), what: "network" },
    ],
    "sign-in-denied": [{ ...denied, link: link("/admin/users") }],
    "sign-in-code": [{ ...whom, code: "204816", ttlSeconds: 600, app, device, address }],
    "factor-changed": [
      { ...factors, change: "added", kind: "passkey", by: "self" },
      { ...factors, change: "added", kind: "totp", by: "self" },
      { ...factors, change: "added", kind: "email", by: "administrator" },
      { ...factors, change: "removed", kind: "passkey", by: "administrator" },
      { ...factors, change: "removed", kind: "totp", by: "self" },
      { ...factors, change: "removed", kind: "email", by: "self" },
      { ...factors, change: "reset", by: "administrator" },
      { ...factors, change: "codesRenewed", by: "self" },
      { ...factors, change: "codeUsed", codesLeft: 2, by: "self" },
    ],
    "import-finished": [
      { ...frame, name: whom.name, file: "staff.csv", done: 120, refused: 3, link: link("/admin/imports") },
    ],
    "export-done": (["done", "failed"] as const).map((outcome) => ({
      ...frame,
      name: person,
      outcome,
      fileName: "accounts-2026-11-22-160030.csv",
      rows: 1_048_216,
      expiresAt: at,
      timeZone,
      link: link("/admin/exports"),
    })) as [MailData["export-done"], MailData["export-done"]],
    test: [{ ...frame, sentAt: at, timeZone }],
  };
  return samples[name];
}
