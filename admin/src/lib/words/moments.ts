import type { LanguageCode } from "./languages.ts";

const tags = { en: "en-GB", ja: "ja-JP" } as const satisfies Record<LanguageCode, string>;
const hour = 3_600_000;

// Shorter than what Intl has, since they stand in narrow columns.
const relative = {
  en: {
    justNow: "Just now",
    minutes: (count: number) => `${count} min ago`,
    hours: (count: number) => `${count} h ago`,
  },
  ja: { justNow: "たった今", minutes: (count: number) => `${count}分前`, hours: (count: number) => `${count}時間前` },
} as const satisfies Record<LanguageCode, unknown>;

/** Writes times and numbers in one language and one zone. */
export class Writer {
  readonly language: LanguageCode;
  readonly zone: string;

  constructor(language: LanguageCode, zone: string) {
    this.language = language;
    this.zone = zone;
  }

  /** "4 min ago" within 12 hours, then "21 Nov 16:02", with the year when it is not this one. */
  ago(time: Date, now: Date): string {
    const passed = now.getTime() - time.getTime();
    // The clock of the page ticks twice a minute, and the server's may be a little ahead.
    if (passed < -60_000 || passed >= 12 * hour) return this.short(time, now);
    const { justNow, minutes, hours } = relative[this.language];
    if (passed < 60_000) return justNow;
    return passed < hour ? minutes(Math.floor(passed / 60_000)) : hours(Math.floor(passed / hour));
  }

  /** "21 Nov 16:02", or "21 Nov 2025" when the year is another one. */
  short(time: Date, now: Date): string {
    const isThisYear = this.#format({ year: "numeric" }, time) === this.#format({ year: "numeric" }, now);
    return isThisYear
      ? `${this.day(time, now)} ${this.clock(time)}`
      : this.#format({ day: "numeric", month: "short", year: "numeric" }, time);
  }

  /** "21 Nov", with the year when it is not this one. */
  day(time: Date, now: Date): string {
    const isThisYear = this.#format({ year: "numeric" }, time) === this.#format({ year: "numeric" }, now);
    return this.#format({ day: "numeric", month: "short", ...(!isThisYear && { year: "numeric" }) }, time);
  }

  /** "Sunday 22 November 2026". */
  longDay(time: Date): string {
    return this.#format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }, time);
  }

  /** "16:02". */
  clock(time: Date): string {
    return this.#format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, time);
  }

  /** "21 Nov 2026, 16:02:09 GMT+9": everything, for titles. */
  exact(time: Date): string {
    return this.#format({ dateStyle: "medium", timeStyle: "long" }, time);
  }

  /** "21 Nov 16:02:09", for logs. */
  line(time: Date, now: Date): string {
    const clock = this.#format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }, time);
    return this.#format({ dateStyle: "short" }, time) === this.#format({ dateStyle: "short" }, now)
      ? clock
      : `${this.day(time, now)} ${clock}`;
  }

  /** "5 h 20 min", "3 days": a length of time in at most two units. */
  span(seconds: number): string {
    const unit = (count: number, name: "day" | "hour" | "minute") =>
      new Intl.NumberFormat(tags[this.language], {
        style: "unit",
        unit: name,
        unitDisplay: name === "day" ? "long" : "short",
      }).format(count);
    const minutes = Math.max(1, Math.round(seconds / 60));
    if (minutes < 60) return unit(minutes, "minute");
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) return unit(Math.round(hours / 24), "day");
    return minutes % 60 === 0 ? unit(hours, "hour") : `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}`;
  }

  /** "1,048,216". */
  number(value: number): string {
    return new Intl.NumberFormat(tags[this.language]).format(value);
  }

  /** "31.4 MB", by thousands. */
  size(bytes: number): string {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
    const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
    return new Intl.NumberFormat(tags[this.language], {
      style: "unit",
      unit: units[step] ?? "byte",
      unitDisplay: "short",
      maximumFractionDigits: step === 0 ? 0 : 1,
    }).format(bytes / 1000 ** step);
  }

  /** "99.7%": never 100% while something is missing, never 0% while there is something. */
  share(part: number, whole: number): string {
    if (whole === 0) return "–";
    const format = new Intl.NumberFormat(tags[this.language], { style: "percent", maximumFractionDigits: 1 });
    const share = Math.floor((part / whole) * 1000) / 1000;
    return share === 0 && part > 0 ? `< ${format.format(0.001)}` : format.format(share);
  }

  /** "12k" for the edge of a chart. */
  round(value: number): string {
    return new Intl.NumberFormat(tags[this.language], { notation: "compact", maximumFractionDigits: 1 }).format(value);
  }

  /** "Japanese" for "ja"; the tag itself when nobody knows it. */
  languageName(tag: string): string {
    try {
      return new Intl.DisplayNames(tags[this.language], { type: "language" }).of(tag) ?? tag;
    } catch {
      return tag;
    }
  }

  /** "Osaka, Japan"; Japanese goes from the large to the small. */
  place(place: { country: string; city: { en?: string | undefined; ja?: string | undefined } }): string {
    const country = new Intl.DisplayNames(tags[this.language], { type: "region" }).of(place.country) ?? place.country;
    const city = place.city[this.language] ?? place.city.en;
    if (city === undefined) return country;
    return this.language === "ja" ? `${country} ${city}` : `${city}, ${country}`;
  }

  #format(options: Intl.DateTimeFormatOptions, time: Date): string {
    return new Intl.DateTimeFormat(tags[this.language], { timeZone: this.zone, ...options }).format(time);
  }
}
