import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { locales } from "../kernel/words/locale.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { checkTemplate } from "./check-template.ts";
import { composeMail } from "./compose-mail.ts";
import { mailNames } from "./mail-data.ts";
import type { MailData, MailName } from "./mail-data.ts";
import { defaultTemplate } from "./mail-template.ts";
import { templateFolder } from "./template-language.ts";

const link = "https://id.example.com/activate/abc?x=1&y=2";

function sampleData(say: (text: string) => string = (text) => text): MailData {
  const frame = { organization: say("Example Works"), supportEmail: "accounts@example.com" };
  const person = { name: say("田辺 遥"), username: say("haruka.tanabe@example.com") };
  const at = new Date("2026-11-22T07:00:00Z");
  const signIn = {
    at,
    timeZone: "Asia/Tokyo",
    app: say("Field Notes"),
    device: say("Firefox on Windows"),
    place: say("Osaka, Japan"),
    address: "203.0.113.x",
  };
  return {
    activation: { ...frame, ...person, link, ttlSeconds: 7 * 86_400 },
    "activation-reminder": { ...frame, ...person, link, ttlSeconds: 7 * 86_400 },
    welcome: { ...frame, ...person, link },
    "password-reset": { ...frame, ...person, link, ttlSeconds: 1800 },
    "password-expired": { ...frame, ...person, link, ttlSeconds: 1800 },
    "password-changed": {
      ...frame,
      ...person,
      link,
      by: "administrator",
      changedAt: at,
      timeZone: "Asia/Tokyo",
      device: say("Firefox on Windows"),
      address: "203.0.113.24",
    },
    "sign-in-confirm": { ...frame, ...person, ...signIn, link, ttlSeconds: 600 },
    "sign-in-new": { ...frame, ...person, ...signIn, link, what: "device" },
    "sign-in-denied": { ...frame, ...person, ...signIn, link, person: say("田辺 遥") },
    "sign-in-code": {
      ...frame,
      ...person,
      code: "204816",
      ttlSeconds: 600,
      app: say("Field Notes"),
      device: say("Firefox on Windows"),
      address: "203.0.113.24",
    },
    "factor-changed": {
      ...frame,
      ...person,
      link,
      change: "added",
      kind: "passkey",
      by: "self",
      changedAt: at,
      timeZone: "Asia/Tokyo",
      address: "203.0.113.24",
    },
    "import-finished": { ...frame, name: person.name, file: say("staff.csv"), done: 120, refused: 3, link },
    "export-done": {
      ...frame,
      name: say("田辺 遥"),
      outcome: "done",
      fileName: say("accounts-2026-11-22-160030.csv"),
      rows: 1_048_216,
      expiresAt: at,
      timeZone: "Asia/Tokyo",
      link,
    },
    test: { ...frame, sentAt: at, timeZone: "Asia/Tokyo" },
  };
}

const compose = <Name extends MailName>(name: Name, locale: Locale, data: MailData) =>
  composeMail(name, locale, data[name]);

const hostile = `Ada\r\nBcc: all@example.com\n\n<script>alert(1)</script>"'><img src=x>\u202E\u2028{{ words }}${"x".repeat(200)}`;

describe.each(mailNames.flatMap((name) => locales.map((locale) => ({ name, locale }))))(
  "$name in $locale",
  ({ name, locale }) => {
    const mail = compose(name, locale, sampleData());

    test("[O5] says the same in text and html, with subject, language and organization", () => {
      expect(mail.subject).toContain("Example Works");
      expect(mail.html).toContain(`<html lang="${locale}">`);
      expect(mail.html).toContain(`<title>${mail.subject}</title>`);
      for (const part of [mail.text, mail.html]) {
        expect(part).toContain("Example Works");
        expect(part).toContain("accounts@example.com");
        expect(part).not.toMatch(/undefined|null|NaN|\[object|\{\{|\{%/);
      }
      expect(mail.html.match(/<h1/g)).toHaveLength(1);
      expect(mail.text).not.toMatch(/\n{4,}|<\w/);
    });

    test("[O3] the link is in the text, on a button and written out", () => {
      if (name === "test" || name === "sign-in-code") return;
      expect(mail.text).toContain(`\n${link}\n`);
      expect(mail.html.split('href="https://id.example.com/activate/abc?x=1&amp;y=2"')).toHaveLength(3);
      expect(mail.html).toContain(">https://id.example.com/activate/abc?x=1&amp;y=2</a>");
    });

    test("[O5] a hostile name adds no header, no paragraph and no markup", () => {
      const bad = compose(
        name,
        locale,
        sampleData(() => hostile),
      );
      expect(bad.subject).not.toMatch(/[\p{Cc}\u2028\u202E]/u);
      expect(bad.subject.length).toBeLessThanOrEqual(200);
      expect(bad.text).not.toMatch(/^Bcc:/m);
      expect(bad.text.split("\n").length).toBe(mail.text.split("\n").length);
      expect(bad.html).not.toMatch(/<script|<img|\u202E/);
      expect(bad.html.match(/<\/?\w+/g)).toEqual(mail.html.match(/<\/?\w+/g));
    });

    test("[O5] holds without what may be left out", () => {
      const { supportEmail: _, ...data } = sampleData()[name];
      const bare = composeMail(name, locale, {
        ...data,
        app: undefined,
        device: undefined,
        place: undefined,
        address: undefined,
      });
      expect(bare.text).not.toContain("@example.com\n-- ");
      expect(bare.html).not.toContain("mailto:");
    });
  },
);

test("[O3] the mail says how long the link works", () => {
  expect(compose("activation", "en", sampleData()).text).toContain("The link works once, for 7 days.");
  expect(compose("password-reset", "ja", sampleData()).text).toContain("リンクは30分以内に1回だけ使えます。");
});

test("[S2] a code is in the mail and not in its subject, which lists show", () => {
  const mail = compose("sign-in-code", "ja", sampleData());
  expect(mail.subject).not.toContain("204816");
  expect(mail.text).toContain("\n204816\n");
  expect(mail.html).toContain(">204816<");
});

test("[S2] a recovery code that was used is told with how many are left", () => {
  const data = { ...sampleData()["factor-changed"], change: "codeUsed" as const, kind: undefined, codesLeft: 2 };
  expect(composeMail("factor-changed", "en", data).text).toContain("Recovery codes left: 2.");
  expect(composeMail("factor-changed", "ja", data).html).toContain("リカバリーコードの残り: 2");
});

test("[O5] times are in the reader's zone", () => {
  expect(compose("password-changed", "en", sampleData()).text).toContain("When: 22 November 2026 at 16:00");
  expect(compose("password-changed", "ja", sampleData()).html).toContain("2026年11月22日 16:00");
});

test("[O5] a link that is not of the web is refused", () => {
  const data = sampleData().welcome;
  expect(() => composeMail("welcome", "en", { ...data, link: "javascript:alert(1)" })).toThrow(TypeError);
  expect(() => composeMail("welcome", "en", { ...data, link: "/account/" })).toThrow(TypeError);
});

test("[O5] an edited template takes the place of the one of the house", () => {
  const mail = composeMail("welcome", "en", sampleData().welcome, {
    subject: "Hi {{ name }}\nBcc: x@example.com",
    text: "See {{ link }}",
    html: '{% layout "layout" %}{% block body %}<h1>{{ name }}</h1>{% endblock %}',
  });
  expect(mail.subject).toBe("Hi 田辺 遥 Bcc: x@example.com");
  expect(mail.text).toBe(`See ${link}\n`);
  expect(mail.html).toContain("<h1>田辺 遥</h1>");
});

test("[O5] an edited template cannot read files, run for ever or ask for what is not there", () => {
  const data = sampleData().welcome;
  const withText = (text: string) => () => composeMail("welcome", "en", data, { subject: "s", text, html: "h" });
  expect(withText('{% render "../mail-data.ts" %}')).toThrow();
  expect(withText('{% include "/etc/passwd" %}')).toThrow();
  expect(withText("{% for i in (1..100000000) %}x{% endfor %}")).toThrow();
  expect(withText("{{ secret }}")).toThrow("secret");
  expect(withText("{{ name.constructor }}")).toThrow();
});

test("[O5] what comes with the house passes its own checks", () => {
  for (const name of mailNames) {
    for (const locale of locales) expect(checkTemplate(name, locale, defaultTemplate(name, locale)), name).toEqual([]);
  }
});

test("[O5] every mail has its templates in every language", () => {
  const there = readdirSync(templateFolder);
  for (const name of mailNames) {
    for (const locale of locales) {
      expect(there).toContain(`${name}.${locale}.txt.liquid`);
      expect(defaultTemplate(name, locale).html).toContain("{% layout");
    }
  }
});
