import { generateSync } from "otplib";
import * as client from "openid-client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { UserId } from "#server/kernel/ids.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { withPrimary } from "#server/users/emails.ts";
import { updateUser } from "#server/users/update-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let app: TestApp;
let strict: TestApp;

beforeAll(async () => {
  house = await serveHouse();
  // The provider has a clock of its own, which says when somebody signed in; factors are younger than that.
  house.clock.now = new Date(Date.now() + 3_600_000);
  app = await house.makeApp();
  strict = await house.makeApp({ requireFactor: true });
  await set("factors.email", true);
});
afterAll(async () => await house.close());
afterEach(async () => {
  await set("factors.email", true);
  await house.db.run("delete from throttles");
});

const set = async (key: string, value: unknown) => await house.work(async (work) => await setSetting(work, key, value));
const hasCode = (page: Page) => page.url.searchParams.has("code");
const start = async (to = app) => (await startAttempt(await relyingParty(house, to), to)).url;
const minutesOn = (minutes: number) => {
  house.clock.now = new Date(house.clock.now.getTime() + minutes * 60_000);
};
/** The address of the sign-in that a page belongs to. */
const signInOf = (page: Page) => page.url.pathname.split("/").slice(0, 3).join("/");

async function mails(id: UserId) {
  const rows = await house.db.models.Mail.findAll({
    where: { userId: id, template: "sign-in-code" },
    order: [["id", "ASC"]],
  });
  return rows.map((mail) => {
    const text = openMail(house.keyring, mail.sealed)?.text ?? "";
    return { text, locale: mail.locale, to: mail.recipient, code: /^\d{6}$/m.exec(text)?.[0] ?? "" };
  });
}

const newestCode = async (id: UserId) => (await mails(id)).at(-1)?.code ?? "";

interface Person {
  id: UserId;
  username: string;
  browser: Browser;
}

/** A person who is signed in on the own pages. */
async function person(fields = {}): Promise<Person> {
  const user = await house.makeUser(fields);
  const browser = openBrowser(house.issuer);
  await signInAt(browser, await start(), user.username);
  return { ...user, browser };
}

/** A person who gets codes by email. */
async function enrolled(fields = {}): Promise<Person> {
  const user = await person(fields);
  const sent = await user.browser.submit(await user.browser.visit("/account/factors/email"), { send: "yes" });
  const done = await user.browser.submit(sent, { code: await newestCode(user.id) });
  expect(done.html).toContain("door__codes");
  return user;
}

async function addTotp(user: Person): Promise<() => string> {
  const page = await user.browser.visit("/account/factors/add");
  const secret = /class="door__key">([A-Z2-7]+)</.exec(page.html)?.[1] ?? "";
  const next = () => {
    minutesOn(1);
    return generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) });
  };
  await user.browser.submit(page, { code: next() });
  return next;
}

/** Up to the page that asks for the factor. */
async function asked(user: Person, browser = openBrowser(house.issuer)): Promise<Page> {
  return await signInAt(browser, await start(), user.username);
}

describe("a code by email", () => {
  test("[S2] is sent when the password was right, in the person's language, and amr says how", async () => {
    const user = await enrolled({ locale: "ja" });
    const config = await relyingParty(house, app);
    const attempt = await startAttempt(config, app);
    const browser = openBrowser(house.issuer);
    const named = await browser.submit(await browser.visit(attempt.url.href), { username: user.username });
    expect(await mails(user.id)).toHaveLength(1);
    const page = await browser.submit(named, { username: user.username, password });
    expect(page.html).toContain("u•••@example.com");
    expect(page.html).not.toContain(`${user.username}@example.com`);
    const [, mail] = await mails(user.id);
    expect(mail).toMatchObject({ locale: "ja", to: `${user.username}@example.com` });
    const done = await browser.submit(page, { code: ` ${mail?.code.slice(0, 3)} ${mail?.code.slice(3)} ` });
    const tokens = await client.authorizationCodeGrant(config, done.url, attempt.checks);
    expect(tokens.claims()?.["amr"]).toEqual(["pwd", "email", "mfa"]);
    expect(tokens.claims()?.["acr"]).toBe("urn:gatehouse:2fa");
  });

  test("[S2] lies nowhere in clear (IDENTITY #15)", async () => {
    const user = await enrolled();
    await asked(user);
    const code = await newestCode(user.id);
    for (const table of ["email_codes", "mails", "events", "graphile_worker._private_jobs", "sign_in_attempts"]) {
      const rows = await house.db.rows<{ row: string }>(`select t::text as row from ${table} t`);
      expect(rows.map((one) => one.row).join("\n"), table).not.toMatch(
        new RegExp(`(?<![0-9a-f-])${code}(?![0-9a-f-])`),
      );
    }
  });

  test("[S2] counts in its own sign-in, for ten minutes, after at most four wrong ones (ASVS 6.5.5, 6.6.2)", async () => {
    const user = await enrolled();
    const [one, other] = [openBrowser(house.issuer), openBrowser(house.issuer)];
    const mine = await asked(user, one);
    const code = await newestCode(user.id);
    const theirs = await asked(user, other);
    expect(hasCode(await other.submit(theirs, { code }))).toBe(false);
    minutesOn(10);
    expect((await one.submit(mine, { code })).status).toBe(401);

    let page = await asked(user, one);
    const right = await newestCode(user.id);
    const wrong = right === "000000" ? "000001" : "000000";
    for (let index = 0; index < 5; index += 1) page = await one.submit(page, { code: wrong });
    // The code is dead, so the page offers another one.
    expect(page.html).not.toContain('name="code"');
    expect(hasCode(await one.submit(page, { code: right }))).toBe(false);
    const sent = await one.submit(await one.visit(signInOf(page)), { send: "yes" });
    expect(hasCode(await one.submit(sent, { code: await newestCode(user.id) }))).toBe(true);
  });

  test("[S2] is replaced by the next one, and ten are sent in an hour (S6)", async () => {
    const user = await enrolled();
    const browser = openBrowser(house.issuer);
    let page = await asked(user, browser);
    const first = await newestCode(user.id);
    page = await browser.submit(page, { send: "yes" });
    const second = await newestCode(user.id);
    expect(second).not.toBe(first);
    expect(hasCode(await browser.submit(page, { code: first }))).toBe(false);
    const before = (await mails(user.id)).length;
    for (let index = before; index < 12; index += 1) {
      page = await browser.submit(await browser.visit(signInOf(page)), { send: "yes" });
    }
    expect(await mails(user.id)).toHaveLength(10);
    expect(page.html).toContain("Too many tries");
    // Looking at a page sends nothing.
    await house.db.run("delete from throttles");
    await browser.visit(`${signInOf(page)}?way=email`);
    expect(await mails(user.id)).toHaveLength(10);
  });

  test("[S2] ends with the address that was proven, and with the setting", async () => {
    const user = await enrolled();
    const browser = openBrowser(house.issuer);
    const page = await asked(user, browser);
    const code = await newestCode(user.id);
    await house.work(
      async (work) =>
        await updateUser(work, user.id, (row) => ({
          resource: withPrimary(row.resource, "emails", "thief@example.com"),
        })),
    );
    expect(hasCode(await browser.submit(page, { code }))).toBe(false);
    expect((await user.browser.visit("/account/factors")).html).not.toContain("email/remove");
    const other = await enrolled();
    await set("factors.email", false);
    expect(hasCode(await asked(other))).toBe(true);
    expect((await other.browser.visit("/account/factors/email")).status).toBe(403);
  });

  test("[S2] is no only factor for an address that was changed within seven days", async () => {
    const user = await person();
    const change = async (to: string) =>
      await house.work(
        async (work) =>
          await updateUser(work, user.id, (row) => ({ resource: withPrimary(row.resource, "emails", to) })),
      );
    await change("changed@example.com");
    const refused = await user.browser.visit("/account/factors/email");
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("Set up another factor first");
    const browser = openBrowser(house.issuer);
    const first = await signInAt(browser, await start(strict), user.username);
    expect(first.html).not.toContain("way=email");
    const direct = { ...first, html: first.html.replaceAll('value="totp"', 'value="email"') };
    await browser.submit(direct, { send: "yes" });
    expect((await browser.submit(direct, { code: await newestCode(user.id) })).html).not.toContain("door__codes");

    await addTotp(user);
    expect((await user.browser.visit("/account/factors/email")).status).toBe(200);
    const later = await person();
    await house.db.run("update users set email_changed_at = $2 where id = $1", [later.id, house.clock.now]);
    minutesOn(7 * 24 * 60);
    expect((await later.browser.visit("/account/factors/email")).status).toBe(200);
  });

  test("[S2] is enrolled during a sign-in that requires a factor", async () => {
    const user = await house.makeUser();
    const browser = openBrowser(house.issuer);
    const first = await signInAt(browser, await start(strict), user.username);
    const page = await browser.visit(`${signInOf(first)}?way=email`);
    expect(await mails(user.id)).toEqual([]);
    const sent = await browser.submit(page, { send: "yes" });
    const wrong = await browser.submit(sent, { code: "12345" });
    expect(wrong.status).toBe(401);
    const codes = await browser.submit(wrong, { code: await newestCode(user.id) });
    expect(codes.html).toContain("door__codes");
    expect(hasCode(await browser.submit(codes))).toBe(true);
  });
});

describe("several factors", () => {
  test("[S2] [U11] the strongest is asked for first, or the one that was chosen; another can be picked", async () => {
    const user = await enrolled();
    const code = await addTotp(user);
    const browser = openBrowser(house.issuer);
    const page = await asked(user, browser);
    expect(page.html).toContain("authenticator app");
    const before = (await mails(user.id)).length;
    for (const way of ["email", "recovery"]) expect(page.html).toContain(`${signInOf(page)}?way=${way}`);
    const other = await browser.visit(`${signInOf(page)}?way=email`);
    expect(other.html).toContain('name="send"');
    const sent = await browser.submit(other, { send: "yes" });
    expect(await mails(user.id)).toHaveLength(before + 1);
    expect(hasCode(await browser.submit(sent, { code: await newestCode(user.id) }))).toBe(true);

    const list = await user.browser.visit("/account/factors");
    const choose = {
      ...list,
      html: list.html.slice(list.html.indexOf('<form method="post" action="/account/factors/default')),
    };
    expect((await user.browser.submit(choose)).url.search).toBe("?done=chosen");
    const again = openBrowser(house.issuer);
    const emailed = await asked(user, again);
    expect(emailed.html).toContain("u•••@example.com");
    const picked = await again.visit(`${signInOf(emailed)}?way=totp`);
    expect(hasCode(await again.submit(picked, { code: code() }))).toBe(true);
  });

  test("[S2] people go back, change the language, pick another factor and start again, and old forms do nothing", async () => {
    const user = await enrolled();
    const code = await addTotp(user);
    const browser = openBrowser(house.issuer);
    const named = await browser.submit(await browser.visit((await start()).href), { username: user.username });
    const first = await browser.submit(named, { username: user.username, password });
    const japanese = await browser.visit(`${signInOf(first)}?way=recovery&lang=ja`);
    expect(japanese.html).toContain('lang="ja"');
    expect(japanese.html).toContain('value="recovery"');
    expect(japanese.html).toMatch(/href="[^"]*way=recovery&amp;lang=en"/);
    // Back to the page of the password, and on again: the form of before has had its turn.
    const second = await browser.submit(named, { username: user.username, password });
    expect(hasCode(await browser.submit(first, { code: code() }))).toBe(false);
    // Two tabs with the same page: one goes on, and the other finds that it is over.
    const answer = code();
    const tabs = await Promise.all([0, 1].map(async () => await browser.submit(second, { code: answer })));
    expect(tabs.filter(hasCode)).toHaveLength(1);
    const anew = openBrowser(house.issuer);
    const left = await asked(user, anew);
    const restarted = await anew.visit(`${signInOf(left)}?other=1`);
    expect(restarted.html).toContain('name="username"');
    expect(hasCode(await anew.submit(left, { code: code() }))).toBe(false);
  });

  test("[S2] a sign-in that enrolls shows the same QR code after a change of the language or a step back", async () => {
    const user = await house.makeUser();
    const browser = openBrowser(house.issuer);
    const secretIn = (page: Page) => /class="door__key">([A-Z2-7]+)</.exec(page.html)?.[1] ?? "";
    const page = await signInAt(browser, await start(strict), user.username);
    const japanese = await browser.visit(`${signInOf(page)}?way=totp&lang=ja`);
    expect(secretIn(japanese)).toBe(secretIn(page));
    expect(secretIn(page)).toHaveLength(32);
    const other = await signInAt(openBrowser(house.issuer), await start(strict), user.username);
    expect(secretIn(other)).not.toBe(secretIn(page));
    minutesOn(1);
    const code = generateSync({ secret: secretIn(page), epoch: Math.floor(house.clock.now.getTime() / 1000) });
    expect((await browser.submit(page, { code })).html).toContain("door__codes");
  });
});
