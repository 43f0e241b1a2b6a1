import { afterAll, beforeAll, expect, test } from "vitest";
import type { UserId } from "#server/kernel/ids.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { createUser } from "#server/users/create-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { getTokens, relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let app: TestApp;

beforeAll(async () => {
  house = await serveHouse();
  app = await house.makeApp({ name: "Field Notes" });
});
afterAll(async () => await house.close());

async function start(browser: Browser): Promise<Page> {
  const { url } = await startAttempt(await relyingParty(house, app), app);
  return await browser.visit(url.href);
}

async function tryPassword(username: string, typed: string, headers: Record<string, string> = {}): Promise<Page> {
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await start(browser), { username });
  return await browser.submit(named, { username, password: typed }, headers);
}

async function giveTemporary(id: UserId, temporary: string): Promise<void> {
  const user = await selectUser(house.db, id);
  if (user === undefined) throw new Error("no such user");
  const checked = await preparePassword(house.db, temporary, user);
  await house.work(
    async (work) => await setPassword(work, id, checked, { isTemporary: true, event: "user.passwordSet" }),
  );
}

test("[S2] people sign in by username or by email, in any case", async () => {
  const user = await house.makeUser();
  for (const login of [
    user.username,
    user.username.toUpperCase(),
    `${user.username}@EXAMPLE.com`,
    ` ${user.username} `,
  ]) {
    expect((await tryPassword(login, password)).url.searchParams.get("code")).not.toBeNull();
  }
});

test("[S2] an email that two accounts share signs nobody in; the username still does", async () => {
  const emails = [{ value: "shared@example.com", primary: true }];
  const first = await house.makeUser({ username: "shares-1", resource: { emails } });
  await house.makeUser({ username: "shares-2", resource: { emails } });
  expect((await tryPassword("shared@example.com", password)).status).toBe(401);
  expect((await tryPassword(first.username, password)).status).toBe(303);
});

test("[S6] unknown name, wrong password and an account without one are told the same, and the log knows which", async () => {
  const user = await house.makeUser({ username: "door-known" });
  const bare = await house.work(async (work) => await createUser(work, { username: "door-bare", displayName: "Bare" }));
  const pages = [];
  for (const username of [user.username, "door-nobody", "door-bare"]) {
    const page = await tryPassword(username, "not-the-password-1");
    const html = page.html
      .replaceAll(username, "NAME")
      .replace(/name="csrf" value="[^"]*"/g, "csrf")
      .replaceAll(/\/signin\/[\w-]+/g, "/signin/UID");
    pages.push({ status: page.status, html });
  }
  expect(pages[1]).toEqual(pages[0]);
  expect(pages[2]).toEqual(pages[0]);
  const events = await house.db.rows<{ reason: string; subject_id: string | null }>(
    "select reason, subject_id from events where type = 'signin.failed' order by id desc limit 3",
  );
  expect(events.map((event) => event.reason)).toEqual(["noPassword", "unknownName", "wrongPassword"]);
  expect(events.map((event) => event.subject_id)).toEqual([bare, null, user.id]);
});

test("[L1] no password that was typed is anywhere in the log of events", async () => {
  const user = await house.makeUser();
  await tryPassword(user.username, "sesame-typed-wrong-1");
  await tryPassword("sesame-typed-as-name", "sesame-typed-wrong-2");
  const rows = await house.db.rows<{ text: string }>("select to_jsonb(e)::text as text from events e");
  expect(rows.map((row) => row.text).join()).not.toMatch(/sesame/);
});

test("[S6] after ten failures a name is slowed down from that network, right password or not; another network signs in", async () => {
  const user = await house.makeUser();
  for (let index = 0; index < 10; index += 1)
    expect((await tryPassword(user.username, "wrong-wrong-1")).status).toBe(401);
  const throttled = await tryPassword(user.username, password);
  expect(throttled.status).toBe(429);
  expect(Number(throttled.headers.get("retry-after"))).toBeGreaterThan(0);
  await house.db.run("delete from throttles");
});

test("[S7] a disabled account gets in nowhere, a blocked one only to its own pages", async () => {
  const user = await house.makeUser();
  await house.work(async (work) => await changeStatus(work, user.id, "block"));
  const refused = await tryPassword(user.username, password);
  expect(refused.status).toBe(403);
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await browser.visit("/account/"), { username: user.username });
  const own = await browser.submit(named, { username: user.username, password });
  expect(own.url.pathname).toBe("/account/");
  await house.work(async (work) => await changeStatus(work, user.id, "disable"));
  expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  expect((await tryPassword(user.username, password)).status).toBe(403);
  expect((await tryPassword(user.username, "wrong-wrong-2")).status).toBe(401);
});

test("[U8] a temporary password opens nothing before it is replaced; its ticket works in this sign-in alone, once", async () => {
  const user = await house.makeUser();
  await giveTemporary(user.id, "temporary-lamp-41");
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await start(browser), { username: user.username });
  const change = await browser.submit(named, { username: user.username, password: "temporary-lamp-41" });
  expect(change.html).toContain('name="ticket"');
  expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);

  const same = await browser.submit(change, { new_password: "temporary-lamp-41" });
  expect(same.html).toContain("used before");

  const stranger = openBrowser(house.issuer);
  const theirs = await start(stranger);
  const ticket = /name="ticket" value="([^"]*)"/.exec(change.html)?.[1] ?? "";
  const page = { ...theirs, html: theirs.html.replace("/name", "/change") };
  const stolen = await stranger.submit(page, { ticket, new_password: "stolen-lamp-42" });
  expect(stolen.html).not.toContain("new_password");
  expect(stolen.url.searchParams.get("code")).toBeNull();

  const done = await browser.submit(change, { new_password: "hazel-comet-drum-58" });
  expect(done.url.searchParams.get("code")).not.toBeNull();
  const again = await browser.submit(change, { new_password: "hazel-comet-drum-59" });
  expect(again.url.searchParams.get("code")).toBeNull();
});

test("[S1] posting to a later step, an empty body or nonsense never gets past the password (CVE-2026-49448)", async () => {
  const user = await house.makeUser();
  for (const step of ["password", "change", "consent", "finish", "name"]) {
    const browser = openBrowser(house.issuer);
    const first = await start(browser);
    for (const typed of [
      {},
      { username: user.username },
      { decision: "allow" },
      { ticket: "AAAA", new_password: password },
    ]) {
      const page = { ...first, html: first.html.replace("/name", `/${step}`) };
      const reply = await browser.submit(page, typed);
      expect(reply.url.searchParams.get("code")).toBeNull();
    }
    expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  }
});

test("[S1] a sign-in goes on only in the browser that began it (CVE-2026-7507)", async () => {
  const user = await house.makeUser();
  const first = await start(openBrowser(house.issuer));
  const other = openBrowser(house.issuer);
  expect((await other.visit(first.url.href)).status).toBe(410);
  await start(other);
  const posted = await other.submit(first, { username: user.username });
  expect(posted.status).toBe(410);
});

test("[S1] a form on somebody else's page cannot post to the door", async () => {
  const browser = openBrowser(house.issuer);
  const page = await start(browser);
  const reply = await browser.submit(page, { username: "anyone" }, { "sec-fetch-site": "cross-site" });
  expect(reply.status).toBe(403);
});

test("[S2] bad input at the door is answered with a page and never with a fault", async () => {
  const browser = openBrowser(house.issuer);
  const page = await start(browser);
  for (const username of ["\u0000", "x".repeat(10_000), "'; drop table users; --", "<script>", "‮evil", "💥"]) {
    const named = await browser.submit(page, { username });
    expect(named.status).toBeLessThan(500);
    expect(named.html).not.toContain("<script>alert");
    if (named.status === 200) {
      const reply = await browser.submit(named, { username, password: "whatever-12" });
      expect(reply.status).toBeLessThan(500);
    }
  }
});

test("[S8] changing the own password asks for the current one, ends other sessions and keeps this one", async () => {
  const user = await house.makeUser();
  const [here, there] = [openBrowser(house.issuer), openBrowser(house.issuer)];
  for (const browser of [here, there]) {
    const page = await browser.visit("/account/");
    await browser.submit(await browser.submit(page, { username: user.username }), {
      username: user.username,
      password,
    });
  }
  const form = await here.visit("/account/password");
  const wrong = await here.submit(form, { current_password: "wrong-wrong-3", new_password: "hazel-comet-drum-58" });
  expect(wrong.status).toBe(422);
  const failed = await house.db.rows(
    "select outcome, reason, actor_id from events where type = 'user.passwordChanged' and subject_id = $1",
    [user.id],
  );
  expect(failed).toEqual([{ outcome: "failure", reason: "wrongPassword", actor_id: user.id }]);
  const done = await here.submit(form, { current_password: password, new_password: "hazel-comet-drum-58" });
  expect(done.url.search).toBe("?done=passwordChanged");
  expect((await there.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  expect((await tryPassword(user.username, "hazel-comet-drum-58")).status).toBe(303);
});

test("[S8] the own pages list the sessions, and end the others", async () => {
  const user = await house.makeUser();
  const [here, there] = [openBrowser(house.issuer), openBrowser(house.issuer)];
  for (const browser of [here, there]) {
    const page = await browser.visit("/account/");
    await browser.submit(await browser.submit(page, { username: user.username }), {
      username: user.username,
      password,
    });
  }
  const home = await here.visit("/account/");
  const action = /action="(\/account\/sessions\/[^"]*\/end)"/.exec(home.html)?.[1] ?? "";
  const csrf = /name="csrf" value="([^"]*)"/.exec(home.html)?.[1] ?? "";
  const form = { ...home, html: `<form action="${action}"><input type="hidden" name="csrf" value="${csrf}"></form>` };
  expect((await here.submit(form)).url.search).toBe("?done=sessionEnded");
  expect((await there.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  expect((await here.visit("/account/")).url.pathname).toBe("/account/");
});

test("[U1] a sign-in counts, and names app, address and time", async () => {
  const user = await house.makeUser();
  await getTokens(house, app, user.username);
  const row = await selectUser(house.db, user.id);
  expect(row?.sign_in_count).toBe(1);
  expect(row?.last_address).toBe("127.0.0.1");
  expect(
    await house.db.rows("select 1 from app_uses where user_id = $1 and app_id = $2", [user.id, app.id]),
  ).toHaveLength(1);
  const events = await house.db.rows<{ app_id: string }>(
    "select app_id from events where type = 'signin.succeeded' and subject_id = $1",
    [user.id],
  );
  expect(events).toEqual([{ app_id: app.id }]);
});

test("[L1] nobody is signed in whose sign-in could not be put on record", async () => {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  const { url } = await startAttempt(await relyingParty(house, app), app);
  const named = await browser.submit(await browser.visit(url.href), { username: user.username });
  // As if the process had ended right there: the record fails.
  await house.db.run(
    `create function refuse_record() returns trigger language plpgsql as $$ begin raise 'no record'; end $$`,
  );
  await house.db.run(
    `create trigger refuse_record before insert on events for each row
     when (new.type = 'signin.succeeded') execute function refuse_record()`,
  );
  const broken = await browser.submit(named, { username: user.username, password });
  await house.db.run("drop function refuse_record cascade");
  expect(broken.status).toBe(500);
  const results = await house.db.rows("select 1 from oidc_records where model = 'Interaction' and payload ? 'result'");
  expect(results).toEqual([]);
  const again = await browser.submit(named, { username: user.username, password });
  expect(again.url.searchParams.get("code")).not.toBeNull();
});

test("[U18] an app that is entered with a session that is there already counts as used", async () => {
  const user = await house.makeUser();
  const second = await house.makeApp();
  const browser = openBrowser(house.issuer);
  const { url } = await startAttempt(await relyingParty(house, app), app);
  await signInAt(browser, url, user.username);
  const { url: next } = await startAttempt(await relyingParty(house, second), second);
  expect((await browser.visit(next.href)).url.searchParams.get("code")).not.toBeNull();
  expect(
    await house.db.rows("select 1 from app_uses where user_id = $1 and app_id = $2", [user.id, second.id]),
  ).toHaveLength(1);
});
