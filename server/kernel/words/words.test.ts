import { describe, expect, test } from "vitest";
import { english } from "./english.ts";
import { fill, placesOf, plural } from "./fill.ts";
import { japanese } from "./japanese.ts";
import { chooseLocale, locales } from "./locale.ts";
import { formatDay, formatDuration, formatExact, formatMoment, formatZone } from "./moments.ts";
import type { Clock } from "./moments.ts";
import { wordsFor } from "./words.ts";

/** All texts of a catalogue by their path; forms by number count as one text, their `other`. */
function texts(part: object, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(part) as [string, string | object][]) {
    const here = path === "" ? key : `${path}.${key}`;
    if (typeof value === "string") found.set(here, value);
    else if ("other" in value && typeof value.other === "string") found.set(here, value.other);
    else for (const [inner, text] of texts(value, here)) found.set(inner, text);
  }
  return found;
}

const [en, ja] = [texts(english), texts(japanese)];

test("[S8] the catalogues have the same texts with the same places", () => {
  expect([...ja.keys()].toSorted()).toEqual([...en.keys()].toSorted());
  for (const [path, text] of en) expect(placesOf(ja.get(path) ?? ""), path).toEqual(placesOf(text));
});

test("[S8] no text is empty, and Japanese texts are Japanese", () => {
  for (const [path, text] of [...en, ...ja]) expect(text.trim(), path).not.toBe("");
  for (const [path, text] of ja) {
    if (!/^[\s\p{P}{}a-z]*$/u.test(text)) expect(text, path).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
    // Digits and signs are half-width.
    expect(text, path).not.toMatch(/[０-９？！（）]/);
  }
});

test("[S8] words come by language", () => {
  expect(locales.map((locale) => wordsFor(locale).frame.signIn)).toEqual(["Sign in", "サインイン"]);
});

test("a sentence with a hole is an error", () => {
  expect(fill("Welcome, {name}", { name: "Ada {x}" })).toBe("Welcome, Ada {x}");
  expect(() => fill("Welcome, {name}", {})).toThrow("{name}");
  expect(() => fill("{constructor}", {})).toThrow("{constructor}");
});

test("a number takes its form", () => {
  const forms = english.password.length;
  expect(plural("en", forms, 1)).toBe("At least 1 character");
  expect(plural("en", forms, 1200)).toBe("At least 1,200 characters");
  expect(plural("ja", japanese.password.length, 1)).toBe("1文字以上");
});

describe("[S8] the language is chosen", () => {
  const cases: [string, Parameters<typeof chooseLocale>[0], "en" | "ja"][] = [
    ["English when nothing is known", {}, "en"],
    ["the organization's when nothing is known", { fallback: "ja" }, "ja"],
    [
      "the switch before all",
      { query: "ja", cookie: "en", userLocale: "en", uiLocales: "en", acceptLanguage: "en" },
      "ja",
    ],
    ["the last switch before the account", { cookie: "ja", userLocale: "en-US" }, "ja"],
    ["the account before the app", { userLocale: "ja-JP", uiLocales: "en" }, "ja"],
    ["the app before the browser", { uiLocales: "fr ja", acceptLanguage: "en" }, "ja"],
    ["by weight", { acceptLanguage: "fr, en;q=0.5, ja;q=0.8, *;q=0.1" }, "ja"],
    ["not by a weight of nought", { acceptLanguage: "ja;q=0, en;q=0.1" }, "en"],
    ["in order when weights are the same", { acceptLanguage: "ja-JP,en-US" }, "ja"],
    [
      "past what is not a language of ours",
      { query: "tlh", cookie: "../../etc", userLocale: "", acceptLanguage: "JA" },
      "ja",
    ],
    ["past nonsense", { acceptLanguage: ";;;q=x,,=;q,ja;q=,," }, "ja"],
    ["without a prefix taken for a language", { acceptLanguage: "jam, jav" }, "en"],
    ["from the start of an endless header", { acceptLanguage: `${"x,".repeat(100_000)}ja` }, "en"],
  ];
  test.each(cases)("%s", (_, signs, locale) => {
    expect(chooseLocale(signs)).toBe(locale);
  });
});

describe("[S8] times are in the reader's zone and habits", () => {
  const now = new Date("2026-11-22T07:00:00Z");
  const clock: Clock = { locale: "en", timeZone: "Asia/Tokyo", now };
  const before = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

  test("what is near is said from here, what is far by its date", () => {
    const said = [0, 4, 61, 12 * 60, 400 * 24 * 60].map((minutes) => formatMoment(before(minutes), clock));
    expect(said).toEqual(["just now", "4 min ago", "1 hr ago", "22 Nov 04:00", "18 Oct 2025 16:00"]);
  });

  test("the same in Japanese", () => {
    const said = [0, 4, 61, 12 * 60, 400 * 24 * 60].map((minutes) =>
      formatMoment(before(minutes), { ...clock, locale: "ja" }),
    );
    expect(said).toEqual(["たった今", "4分前", "1時間前", "11月22日 04:00", "2025年10月18日 16:00"]);
  });

  test("a moment to come is said by its date", () => {
    expect(formatMoment(before(-5), clock)).toBe("22 Nov 16:05");
  });

  test("an account's own region decides how a date is written", () => {
    expect(formatDay(now, clock)).toBe("22 November 2026");
    expect(formatDay(now, { ...clock, userLocale: "en-US" })).toBe("November 22, 2026");
    expect(formatDay(now, { ...clock, userLocale: "ja-JP" })).toBe("22 November 2026");
    expect(formatDay(now, { ...clock, userLocale: "en-!!" })).toBe("22 November 2026");
  });

  test("a zone that is not known any more is UTC, and says so", () => {
    const lost = { ...clock, timeZone: "Moon/Crater" };
    expect(formatExact(now, lost)).toBe("22 November 2026 at 07:00 UTC");
    expect(formatZone(lost)).toBe("UTC");
    expect(formatZone(clock)).toBe("Japan Standard Time");
  });

  test("a length of time is in one unit and never too short", () => {
    expect([0, 45, 90, 5400, 1800, 7 * 86_400, 100_000].map((seconds) => formatDuration("en", seconds))).toEqual([
      "1 second",
      "45 seconds",
      "90 seconds",
      "90 minutes",
      "30 minutes",
      "7 days",
      "28 hours",
    ]);
    expect(formatDuration("ja", 1800)).toBe("30分");
  });
});
