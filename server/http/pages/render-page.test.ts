import { describe, expect, test } from "vitest";
import { locales } from "../../kernel/words/locale.ts";
import type { PageFrame, PageName, PageViews } from "./page-views.ts";
import { renderPage } from "./render-page.ts";
import { sampleFrame, sampleViews } from "./samples.ts";

const names = Object.keys(sampleViews()) as PageName[];

// A name that breaks out of text and attributes, turns the direction of writing, and is longer than any screen.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>\u202Egnp.exe{{ words }}{% raw %}${"x".repeat(120)}`;
const makeHostile = () => hostile;

function render<Name extends PageName>(name: Name, frame: PageFrame, views: PageViews): string {
  return renderPage(name, { ...frame, ...views[name] });
}

const cases = names.flatMap((name) =>
  locales.flatMap((locale) => [false, true].map((errors) => ({ name, locale, errors }))),
);

describe.each(cases)("$name in $locale, errors: $errors", ({ name, locale, errors }) => {
  const plain = render(name, sampleFrame(locale), sampleViews(undefined, errors));

  test("[S8] is a whole page in its language with one heading and a title", () => {
    expect(plain).toMatch(/^<!doctype html>\n<html lang="(en|ja)">/);
    expect(plain).toContain(`<html lang="${locale}">`);
    expect(plain.match(/<h1>/g)).toHaveLength(1);
    expect(plain).toMatch(/<h1>[^<]*(<b>)?(<bdi>)?[^<]+/);
    expect(plain).toMatch(/<title>[^<]+ · Example Works<\/title>/);
    expect(plain.match(/<main /g)).toHaveLength(1);
    expect(plain).not.toMatch(/undefined|null|NaN|\[object|\{\w+\}/);
  });

  test("[S8] every input that is seen has a label, and what describes it exists", () => {
    for (const tag of plain.match(/<input[^>]*>/g) ?? []) {
      if (/type="hidden"|aria-hidden="true"/.test(tag)) continue;
      const id = /\bid="([^"]+)"/.exec(tag)?.[1];
      expect(plain).toMatch(new RegExp(`<label(?: class="(?:field__label|item__name)")? for="${id}">`));
      for (const described of /aria-describedby="([^"]+)"/.exec(tag)?.[1]?.split(" ") ?? []) {
        expect(plain).toContain(`id="${described}"`);
      }
      expect(tag).toMatch(/autocomplete="|type="(?:checkbox|radio)"/);
    }
    const ids = [...plain.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("[S8] has no inline script, style or handler, and no link that leaves the web", () => {
    expectQuiet(plain);
  });

  test("[S8] a hostile name stays a name", () => {
    const page = render(name, sampleFrame(locale, makeHostile), sampleViews(makeHostile, errors));
    expectQuiet(page);
    expect(page).not.toContain("<img src=x");
    expect(page.match(/<script/g)).toEqual(plain.match(/<script/g));
    expect(page).toContain("&lt;script&gt;");
    // Same elements as with plain names: nothing was closed or opened by a value.
    expect(elements(page)).toEqual(elements(plain));
    // In running text a value is inside an element that keeps its direction to itself.
    const body = page.slice(page.indexOf("<body"));
    for (const match of body.matchAll(/>([^<]*\u202E[^<]*)</g)) {
      const before = body.slice(0, match.index + 1);
      expect(before).toMatch(/<(bdi|span|a[^>]*|code)>$/);
    }
  });
});

function expectQuiet(page: string): void {
  expect(page).not.toMatch(/<style|\sstyle=/i);
  for (const tag of page.match(/<[a-z][^>]*>/gi) ?? []) expect(unquoted(tag)).not.toMatch(/\son\w+\s*=/i);
  expect(page).not.toMatch(/<script(?![^>]*\bsrc="\/assets\/(?:door|passkey)\.js\?v=)/i);
  for (const [, href = ""] of page.matchAll(/\s(?:href|src|action)="([^"]*)"/g)) {
    expect(href).toMatch(/^(https:\/\/|data:image\/svg\+xml;base64,|\/(?!\/)|mailto:|#|\?)/);
  }
}

function unquoted(tag: string): string {
  return tag.replaceAll(/"[^"]*"/g, '""');
}

function elements(page: string): string[] {
  return (page.match(/<\/?[a-z]\w*/gi) ?? []).filter((tag) => !/^<\/?(?:li|ul|p)$/.test(tag));
}

test("[S8] what was typed comes back, passwords do not", () => {
  const page = render("setup", sampleFrame("en"), sampleViews(undefined, true));
  expect(page).toContain('value="Ada Lovelace"');
  for (const tag of page.match(/<input[^>]*type="password"[^>]*>/g) ?? []) expect(tag).not.toContain("value=");
});

test("[S8] a form with several fields says what is wrong on top, with links to the fields, and beside each field", () => {
  const page = render("setup", sampleFrame("en"), sampleViews(undefined, true));
  expect(page).toMatch(/<div class="note note--bad summary" role="alert" tabindex="-1" autofocus>/);
  expect(page).toContain('<a href="#email">This is not an email address.</a>');
  expect(page).toMatch(/id="email"[^>]*aria-invalid="true"[^>]*aria-describedby="email-hint email-error"/);
  expect(page).toMatch(/<p class="field__error" id="email-error">/);
  expect(page).toContain("<title>Error: Set up Example Works · Example Works</title>");
  expect(page.match(/autofocus/g)).toHaveLength(1);
});

test("[S8] a form with one field says it once, beside the field, and announces it", () => {
  const page = render("signin-password", sampleFrame("en"), sampleViews(undefined, true));
  expect(page).toMatch(/<p class="field__error" id="password-error" role="alert">/);
  expect(page.match(/Username or password is not right/g)).toHaveLength(1);
});

test("[S8] an error of the form as a whole is said on top of any form", () => {
  const views = sampleViews();
  const form = { ...views["signin-password"].form, errors: [{ text: "Too many tries. Wait 5 minutes." }] };
  const page = renderPage("signin-password", { ...sampleFrame("en"), ...views["signin-password"], form });
  expect(page).toMatch(/role="alert"[^]*Too many tries\. Wait 5 minutes\./);
});

test("[S2] sign-in offers a passkey and single sign-on only when there are any", () => {
  const view = { ...sampleFrame("en"), ...sampleViews()["signin-name"] };
  expect(renderPage("signin-name", view)).toContain('data-passkey="get"');
  const bare = renderPage("signin-name", { ...view, passkey: undefined, connections: [] });
  expect(bare).not.toContain("passkey");
  expect(bare).not.toContain("door__or");
});

test("[S2] forms carry the token against forged requests only where there is one", () => {
  const views = sampleViews();
  const view = { ...sampleFrame("en"), ...views["reset-request"] };
  expect(renderPage("reset-request", view)).toContain('<input type="hidden" name="csrf" value="csrf-1">');
  expect(renderPage("reset-request", { ...view, form: { action: "/reset" } })).not.toContain('name="csrf"');
});

test("[U8] the rules of a password are those of the policy", () => {
  const view = { ...sampleFrame("ja"), ...sampleViews().activate };
  const page = renderPage("activate", {
    ...view,
    rules: { minLength: 8, classes: [], personal: false, common: false, history: 0 },
  });
  expect(page.match(/<li data-rule=/g)).toHaveLength(1);
  expect(page).toContain("8文字以上");
  expect(
    renderPage("activate", {
      ...view,
      rules: { minLength: 8, classes: ["lower", "symbol"], personal: [], common: true, history: 1 },
    }).match(/<li data-rule=/g),
  ).toHaveLength(4);
});

test("[S8] the language switch keeps the address and cannot leave the house", () => {
  const view = { signinHref: "/account/" };
  expect(renderPage("reset-done", { ...sampleFrame("en"), ...view })).toContain(
    'href="/signin/abc?step=1&amp;lang=ja"',
  );
  for (const here of ["//evil.example/x", "\\\\evil.example", "https://evil.example/", "//:bad", ""]) {
    const page = renderPage("reset-done", { ...sampleFrame("en"), here, ...view });
    expect(page).toMatch(/href="\/(?!\/)[^"]*lang=ja"/);
  }
});

test("[S8] links of other schemes lead nowhere", () => {
  const views = sampleViews();
  for (const href of [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "/\\evil.example",
  ]) {
    expect(renderPage("signed-out", { ...sampleFrame("en"), ...views["signed-out"], signinHref: href })).not.toContain(
      href,
    );
  }
});

test("[S8] times are in the reader's time zone, with the exact moment for machines", () => {
  const page = render("account-home", sampleFrame("en"), sampleViews());
  expect(page).toContain('<time datetime="2026-11-20T09:40:00.000Z" title="20 November 2026 at 18:40');
  expect(page).toContain(">20 Nov 18:40</time>");
  expect(page).toContain("Japan Standard Time");
});

test("[S8] this session has no button to end it, every other names what it ends", () => {
  const page = render("account-home", sampleFrame("en"), sampleViews());
  expect(page).toContain('aria-label="End: Safari on iPhone"');
  expect(page).not.toContain("End: Firefox");
});

test("a template that asks for what is not there fails loudly", () => {
  expect(() => renderPage("too-many", sampleFrame("en") as PageFrame & PageViews["too-many"])).toThrow();
  expect(() => renderPage("reset-done", sampleFrame("en") as PageFrame & PageViews["reset-done"])).toThrow(
    "signinHref",
  );
});
