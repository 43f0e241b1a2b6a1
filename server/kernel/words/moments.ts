import { localeOf } from "./locale.ts";
import type { Locale } from "./locale.ts";

/** Whose clock and calendar a time is written for. */
export interface Clock {
  locale: Locale;
  /** IANA name; UTC when the account has none. */
  timeZone: string;
  now: Date;
  /** The account's own tag, such as `en-US`: its habits of writing dates count when it is the page's language. */
  userLocale?: string | null | undefined;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
// Up to here "4 min ago" says more than a time of day.
const relativeForMs = 12 * hourMs;

/** Without a region, English dates are written day first ("21 Nov"), as everywhere in the house. */
const usualTag: Readonly<Record<Locale, string>> = { en: "en-GB", ja: "ja-JP" };

/** The tag that dates are written by: the account's own when it is valid and of the page's language. */
function dateTag({ locale, userLocale }: Clock): string {
  if (!userLocale || localeOf(userLocale) !== locale || !userLocale.includes("-")) return usualTag[locale];
  try {
    return Intl.getCanonicalLocales(userLocale)[0] ?? usualTag[locale];
  } catch {
    // A tag that was stored before it was checked is no reason to fail a page.
    return usualTag[locale];
  }
}

function format(at: Date, clock: Clock, options: Intl.DateTimeFormatOptions): string {
  const tag = dateTag(clock);
  try {
    return new Intl.DateTimeFormat(tag, { ...options, timeZone: clock.timeZone }).format(at);
  } catch {
    // A time zone may have been renamed since it was stored; UTC is named wherever the zone is shown.
    return new Intl.DateTimeFormat(tag, { ...options, timeZone: "UTC" }).format(at);
  }
}

/** The moment as people say it: "just now", "4 min ago", then "21 Nov 16:02", with the year when it is not this one. */
export function formatMoment(at: Date, clock: Clock): string {
  const ago = clock.now.getTime() - at.getTime();
  if (ago >= 0 && ago < relativeForMs) return relative(ago, clock.locale);
  const year = (date: Date) => format(date, clock, { year: "numeric" });
  return format(at, clock, {
    ...(year(at) === year(clock.now) ? {} : { year: "numeric" }),
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).replace(/,? at |, (?=\d{2}:\d{2}$)/, " ");
}

function relative(ago: number, locale: Locale): string {
  if (ago < minuteMs) return locale === "ja" ? "たった今" : "just now";
  const [count, unit] = ago < hourMs ? [ago / minuteMs, "minute" as const] : [ago / hourMs, "hour" as const];
  const text = new Intl.RelativeTimeFormat(locale, { style: "short" }).format(-Math.floor(count), unit);
  return locale === "ja" ? text.replaceAll(" ", "") : text.replace(".", "");
}

/** The whole moment with its zone, for titles and mails: "21 November 2026 at 16:02 JST". */
export function formatExact(at: Date, clock: Clock): string {
  return format(at, clock, {
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
}

/** The day alone: "3 August 2026". */
export function formatDay(at: Date, clock: Clock): string {
  return format(at, clock, { year: "numeric", month: "long", day: "numeric" });
}

/** The name of the clock's zone: "Japan Standard Time". */
export function formatZone(clock: Clock): string {
  const parts = (timeZone: string) =>
    new Intl.DateTimeFormat(clock.locale, { timeZone, timeZoneName: "long" }).formatToParts(clock.now);
  try {
    return parts(clock.timeZone).find(({ type }) => type === "timeZoneName")?.value ?? clock.timeZone;
  } catch {
    return "UTC";
  }
}

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/**
 * A length of time in one unit: the largest that says it exactly, so 90 minutes stay "90 minutes". What no unit but
 * seconds says exactly is rounded up in the largest unit that it fills twice, so little is added to a wait.
 */
export function formatDuration(locale: Locale, seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  const exact = units.find(([, length]) => length > 1 && whole % length === 0);
  const [unit, size] = exact ?? units.find(([, length]) => whole >= 2 * length) ?? units[3];
  const parts = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).formatToParts(
    Math.ceil(whole / size),
  );
  // Japanese sets no space between number and unit.
  return parts.map(({ type, value }) => (locale === "ja" && type === "literal" ? "" : value)).join("");
}
