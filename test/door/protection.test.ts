import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { removeDevice } from "#server/devices/remove-device.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { inviteUser } from "#server/onboarding/invite-user.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { confirmSecret } from "#server/signin/protect-attempt.ts";
import { cleanExpired } from "#server/tasks/clean-expired.ts";
import { sendActivation } from "#server/tasks/send-link-mail.ts";
import { sendConfirmLink, tellDenied, tellNewSignIn } from "#server/tasks/send-sign-in-mail.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { createUser } from "#server/users/create-user.ts";
import { updateUser } from "#server/users/update-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { relyingParty, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";
import { makeMmdb } from "#test/support/mmdb.ts";

const folder = mkdtempSync(join(tmpdir(), "protection-"));
const osaka = {
  country: { iso_code: "JP" },
  subdivisions: [{ iso_code: "27" }],
  city: { names: { en: "Osaka", ja: "大阪市" } },
};
const leeds = { country: { iso_code: "GB" }, subdivisions: [{ iso_code: "ENG" }], city: { names: { en: "Leeds" } } };

let house: ServedHouse;
let app: TestApp;

beforeAll(async () => {
  const maxmind = join(folder, "city.mmdb");
  writeFileSync(maxmind, makeMmdb("GeoLite2-City", { "203.0.113.0/25": osaka, "203.0.113.128/25": leeds }));
  house = await serveHouse({ trustProxy: ["127.0.0.1"], maxmindFiles: [maxmind] });
  app = await house.makeApp({ name: "Field Notes", grantTypes: ["authorization_code", "refresh_token"] });
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  house.clock.now = new Date();
  await set("protection.default", false);
});

const set = async (key: string, value: unknown) => await house.work(async (work) => await setSetting(work, key, value));
const from = (address: string) => ({ "x-forwarded-for": address });
const home = from("198.51.100.7");
const hasCode = (page: Page) => page.url.searchParams.has("code");
/** Where the sign-in of a page is, whichever step was posted. */
const placeOf = (page: Page) => `/signin/${page.url.pathname.split("/")[2] ?? ""}`;
const isWaiting = (page: Page) => page.html.includes("data-waits=");

async function protectedUser(fields: Parameters<ServedHouse["makeUser"]>[0] = {}) {
  const user = await house.makeUser(fields);
  await house.work(async (work) => await updateUser(work, user.id, { protection: "on" }));
  return user;
}

/** Signs in, as far as it goes. */
async function signIn(username: string, browser: Browser, headers = home): Promise<Page> {
  const { url } = await startAttempt(await relyingParty(house, app), app);
  const first = await browser.visit(url.href, headers);
  if (hasCode(first)) return first;
  const named = await browser.submit(first, { username }, headers);
  return await browser.submit(named, { username, password }, headers);
}

const rows = async (id: UserId) =>
  await house.db.rows<{ id: string; state: string; mail_count: number; news: string[] }>(
    "select id, state, mail_count, news from sign_in_confirmations where user_id = $1 order by id",
    [id],
  );

/** The link of the latest sign-in of somebody that waits. */
async function linkOf(id: UserId): Promise<string> {
  const latest = (await rows(id)).at(-1);
  if (latest === undefined) throw new Error("nothing waits");
  return `/signin/confirm/${confirmSecret(house.keyring, latest.id)}`;
}

/** Opens a link in another browser, and answers the question there. */
async function answer(link: string, what: "yes" | "no", browser = openBrowser(house.issuer)): Promise<Page> {
  return await browser.submit(await browser.visit(link), { answer: what });
}

async function knowFrom(username: string, id: UserId, browser: Browser, headers = home): Promise<void> {
  const page = await signIn(username, browser, headers);
  if (isWaiting(page)) await answer(await linkOf(id), "yes");
  expect(hasCode(isWaiting(page) ? await browser.visit(placeOf(page), headers) : page)).toBe(true);
}

const events = async (id: UserId, like = "signin.%") =>
  (
    await house.db.rows<{ text: string }>(
      "select type || coalesce(':' || reason, '') as text from events where subject_id = $1 and type like $2 order by id",
      [id, like],
    )
  ).map((row) => row.text);

const sessions = async (id: UserId) => await house.db.rows("select 1 from sessions where user_id = $1", [id]);

async function mailsTo(id: UserId, template: string): Promise<string[]> {
  const mails = await house.db.models.Mail.findAll({ where: { userId: id, template }, order: [["id", "ASC"]] });
  return mails.map((mail) => `${mail.subject}\n${openMail(house.keyring, mail.sealed)?.text ?? ""}`);
}

const jobs = async (task: string, id: string) =>
  await house.db.rows<{ payload: never }>(
    `select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = $1 and j.payload::text like '%' || $2 || '%' order by j.id`,
    [task, id],
  );

describe("[S3] account protection", () => {
  test("an unknown browser waits, and goes on where it began after a yes elsewhere", async () => {
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    const page = await signIn(username, browser, from("203.0.113.9"));
    expect(page.status).toBe(200);
    expect(isWaiting(page)).toBe(true);
    expect(page.html).toContain("u•••@example.com");
    expect(await sessions(id)).toEqual([]);
    const state = async () => (await browser.visit(`${placeOf(page)}/waiting`)).html;
    expect(await state()).toBe('{"isWaiting":true}');
    const again = await browser.visit(`${placeOf(page)}?checked=1`, from("203.0.113.9"));
    expect(again.html).toContain("Not confirmed yet");

    const link = await linkOf(id);
    const phone = openBrowser(house.issuer);
    const question = await phone.visit(link);
    for (const fact of ["Field Notes", "203.0.113.x", "Osaka, Japan", username]) expect(question.html).toContain(fact);
    expect(question.html).not.toContain("203.0.113.9");
    expect((await phone.visit(link)).status).toBe(200);
    expect(await state()).toBe('{"isWaiting":true}');

    expect((await phone.submit(question, { answer: "yes" })).html).toContain("Confirmed");
    expect(phone.cookies.has("gatehouse_session")).toBe(false);
    expect((await phone.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
    expect(await state()).toBe('{"isWaiting":false}');
    expect(hasCode(await browser.visit(placeOf(page), from("203.0.113.9")))).toBe(true);
    expect(await events(id)).toEqual(["signin.held", "signin.confirmed", "signin.succeeded"]);
    expect(await sessions(id)).toHaveLength(1);

    // From then on everything is known, until something is not.
    browser.cookies.delete("gatehouse_session");
    expect(hasCode(await signIn(username, browser, from("203.0.113.10")))).toBe(true);
  });

  test("a known browser in another network, and in another place of the same, is asked again", async () => {
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    await knowFrom(username, id, browser, from("203.0.113.9"));
    browser.cookies.delete("gatehouse_session");
    expect(isWaiting(await signIn(username, browser, from("203.0.113.200")))).toBe(true);
    expect((await rows(id)).at(-1)?.news).toEqual(["place"]);
    expect(isWaiting(await signIn(username, browser, from("198.51.100.9")))).toBe(true);
    expect((await rows(id)).at(-1)?.news).toEqual(["network"]);
    expect(isWaiting(await signIn(username, openBrowser(house.issuer), from("203.0.113.9")))).toBe(true);
    expect((await rows(id)).at(-1)?.news).toEqual(["device"]);
    expect(hasCode(await signIn(username, browser, from("203.0.113.11")))).toBe(true);
    const data = JSON.parse((await browser.visit("/account/data.json")).html) as Record<string, unknown>;
    expect(data["knownFrom"]).toMatchObject([{ network: "203.0.113.0/24" }, { place: "JP-27" }]);

    // A device that is removed is known no longer.
    const [device] = await house.db.rows<{ id: string }>("select id from devices where user_id = $1", [id]);
    await house.work(async (work) => await removeDevice(work, id, device?.id ?? ""));
    expect(isWaiting(await signIn(username, browser, from("203.0.113.11")))).toBe(true);
    expect((await rows(id)).at(-1)?.news).toEqual(["device"]);
  });

  test("the organization's default counts for accounts without a switch, and an account's own before it", async () => {
    const [plain, off] = [await house.makeUser(), await house.makeUser()];
    await house.work(async (work) => await updateUser(work, off.id, { protection: "off" }));
    expect(hasCode(await signIn(plain.username, openBrowser(house.issuer)))).toBe(true);
    await set("protection.default", true);
    expect(isWaiting(await signIn(plain.username, openBrowser(house.issuer)))).toBe(true);
    expect(hasCode(await signIn(off.username, openBrowser(house.issuer)))).toBe(true);
  });

  test("whoever has just activated the account by a link in this browser is not asked for another", async () => {
    await set("protection.default", true);
    const resource = { emails: [{ value: "newcomer@example.com", type: "work", primary: true }] };
    const id = await house.work(async (work) => {
      const made = await createUser(work, { username: "newcomer", displayName: "Newcomer", resource });
      await inviteUser(work, made);
      return made;
    });
    await sendActivation(house, id);
    const [mail = ""] = await mailsTo(id, "activation");
    const link = /\/activate\/[\w-]+/.exec(mail)?.[0] ?? "";
    const browser = openBrowser(house.issuer);
    await browser.submit(await browser.visit(link, home), { new_password: password }, home);
    expect(isWaiting(await signIn("newcomer", openBrowser(house.issuer), home))).toBe(true);
    expect(hasCode(await signIn("newcomer", browser, home))).toBe(true);
  });

  test("“this is not me” ends the sign-in, and the administrators hear of it", async () => {
    const admin = await house.makeUser({ username: "watcher" });
    await house.db.run(
      "update users set role_id = (select id from roles where name = 'admin'), locale = 'ja' where id = $1",
      [admin.id],
    );
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    const page = await signIn(username, browser, from("203.0.113.9"));
    const link = await linkOf(id);
    const said = await answer(link, "no");
    expect(said.html).toContain("The sign-in was stopped");
    expect(said.html).toContain('href="/reset"');
    const stopped = await browser.visit(placeOf(page), from("203.0.113.9"));
    expect(stopped.status).toBe(410);
    expect(stopped.html).toContain("not theirs");
    expect((await answer(link, "yes").catch(() => undefined))?.status).toBeUndefined();
    expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
    expect(hasCode(await browser.visit(placeOf(page), from("203.0.113.9")))).toBe(false);
    expect(await sessions(id)).toEqual([]);
    expect(await events(id)).toEqual(["signin.held", "signin.denied:notMe"]);
    const confirmation = (await rows(id))[0]?.id ?? "";
    expect(await jobs("signIn.tellDenied", confirmation)).toHaveLength(1);
    await tellDenied(house, confirmation);
    const [mail = ""] = await mailsTo(admin.id, "sign-in-denied");
    expect(mail).toContain("本人以外がサインインしようとしました");
    for (const fact of [username, "203.0.113.9", "日本 大阪市", `/admin/users/${id}`]) expect(mail).toContain(fact);
    // Starting again is possible in the same browser.
    const restarted = await browser.visit(`${placeOf(page)}?other=1`);
    expect(restarted.html).toContain('name="username"');
  });

  test("opening the link never answers, nor does a form without an answer or from elsewhere", async () => {
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    await signIn(username, browser);
    const link = await linkOf(id);
    const scanner = openBrowser(house.issuer);
    for (let round = 0; round < 3; round += 1) await scanner.visit(link);
    await fetch(`${house.issuer}${link}`, { method: "HEAD" });
    const question = await scanner.visit(link);
    expect((await scanner.submit(question)).html).toContain('name="answer"');
    expect((await scanner.submit(question, { answer: "maybe" })).html).toContain('name="answer"');
    const foreign = await scanner.submit(question, { answer: "yes" }, { "sec-fetch-site": "cross-site" });
    expect(foreign.status).toBe(403);
    const bare = await fetch(`${house.issuer}${link}`, {
      method: "POST",
      body: new URLSearchParams({ answer: "yes" }),
      headers: { accept: "text/html" },
    });
    expect(bare.status).toBe(403);
    expect((await rows(id)).map((row) => row.state)).toEqual(["waiting"]);
  });

  test("a link counts for its own sign-in alone, whoever else waits for one", async () => {
    const [ada, bob] = [await protectedUser(), await protectedUser()];
    const [one, two, other] = [openBrowser(house.issuer), openBrowser(house.issuer), openBrowser(house.issuer)];
    const first = await signIn(ada.username, one);
    const firstLink = await linkOf(ada.id);
    const second = await signIn(ada.username, two);
    const third = await signIn(bob.username, other);
    await answer(firstLink, "yes");
    expect(isWaiting(await two.visit(placeOf(second)))).toBe(true);
    expect(isWaiting(await other.visit(placeOf(third)))).toBe(true);
    // Nor does it help to be another browser at the address of the confirmed sign-in.
    expect((await two.visit(placeOf(first), home)).status).toBe(410);
    expect(hasCode(await one.visit(placeOf(first), home))).toBe(true);
    // A spent link, a made-up one, and one with another id under the same signature.
    for (const link of [
      firstLink,
      "/signin/confirm/nonsense",
      `${firstLink.slice(0, -4)}AAAA`,
      "/signin/confirm/%00",
    ]) {
      expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
    }
  });

  test("posting to the steps in any order leads nowhere (CVE-2026-49448)", async () => {
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    const page = await signIn(username, browser);
    for (const step of ["device", "factor", "codes", "enroll", "protect", "admit", "confirm", "waiting", "name"]) {
      const forged = { ...page, html: page.html.replace(/\/confirm"/, `/${step}"`) };
      const turn = /name="turn" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
      const reply = await browser.submit(forged, { turn, answer: "yes", username: "", device: id }, home);
      expect(hasCode(reply), step).toBe(false);
    }
    expect(await sessions(id)).toEqual([]);
  });

  test("a sign-in that is begun again as somebody else is not let in by the link of the first", async () => {
    const [ada, bob] = [await protectedUser(), await house.makeUser()];
    const browser = openBrowser(house.issuer);
    const page = await signIn(ada.username, browser);
    const link = await linkOf(ada.id);
    const named = await browser.submit(
      await browser.visit(`${placeOf(page)}?other=1`),
      { username: ada.username },
      home,
    );
    expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
    // The same sign-in waits anew: the old link is not its link.
    expect(isWaiting(await browser.submit(named, { username: ada.username, password }, home))).toBe(true);
    expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
    expect((await openBrowser(house.issuer).visit(await linkOf(ada.id))).status).toBe(200);
    expect(hasCode(await signIn(bob.username, openBrowser(house.issuer)))).toBe(true);
  });

  test("a link ends with its sign-in, after ten minutes (ASVS 6.5.5)", async () => {
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    const page = await signIn(username, browser);
    const link = await linkOf(id);
    const question = await openBrowser(house.issuer).visit(link);
    house.clock.now = new Date(house.clock.now.getTime() + 601_000);
    expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
    const phone = openBrowser(house.issuer);
    await phone.visit("/reset");
    expect((await phone.submit({ ...question }, { answer: "yes" })).status).toBe(410);
    expect((await browser.visit(placeOf(page), home)).html).toContain('name="username"');
    expect((await rows(id)).map((row) => row.state)).toEqual(["waiting"]);
  });

  const changes: [string, (id: UserId) => Promise<unknown>][] = [
    [
      "the account is disabled",
      async (id) => await house.work(async (work) => await changeStatus(work, id, "disable")),
    ],
    [
      "the password is replaced",
      async (id) => await house.db.run("update credentials set retired_at = now() where user_id = $1", [id]),
    ],
    [
      "the email is another",
      async (id) =>
        await house.work(
          async (work) =>
            await updateUser(work, id, { resource: { emails: [{ value: "elsewhere@example.com", primary: true }] } }),
        ),
    ],
  ];
  test.each(changes)("nobody is let in when %s meanwhile, before the answer or after it", async (_what, change) => {
    for (const isAfter of [false, true]) {
      const { id, username } = await protectedUser();
      const browser = openBrowser(house.issuer);
      const page = await signIn(username, browser);
      const link = await linkOf(id);
      if (isAfter) await answer(link, "yes");
      await change(id);
      expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
      expect(hasCode(await browser.visit(placeOf(page), home))).toBe(false);
      expect(await sessions(id)).toEqual([]);
    }
  });

  test("a blocked account still gets to its own pages alone", async () => {
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    const page = await signIn(username, browser);
    await answer(await linkOf(id), "yes");
    await house.work(async (work) => await changeStatus(work, id, "block"));
    const done = await browser.visit(placeOf(page), home);
    expect(hasCode(done)).toBe(false);
    expect(done.url.searchParams.get("error")).toBe("access_denied");
  });

  test("an account without an email address hears why it cannot go on", async () => {
    const { id, username } = await protectedUser({ resource: {} });
    const page = await signIn(username, openBrowser(house.issuer));
    expect(page.status).toBe(403);
    expect(page.html).toContain("no email address is known");
    expect(await events(id)).toEqual(["signin.failed:noEmail"]);
  });

  test("the mail is sent again with the same link, not at once and not for ever", async () => {
    const { id, username } = await protectedUser();
    const browser = openBrowser(house.issuer);
    const page = await signIn(username, browser);
    const hasty = await browser.submit(page, {}, home);
    expect(hasty.status).toBe(429);
    for (const minute of [1, 2, 3]) {
      house.clock.now = new Date(house.clock.now.getTime() + 61_000);
      const sent = await browser.submit(page, {}, home);
      expect(sent.html, `minute ${minute}`).toContain("on its way again");
    }
    house.clock.now = new Date(house.clock.now.getTime() + 61_000);
    expect((await browser.submit(page, {}, home)).status).toBe(429);
    const [row] = await rows(id);
    expect(row?.mail_count).toBe(4);
    for (const _ of [1, 2]) await sendConfirmLink(house, row?.id ?? "");
    const links = (await mailsTo(id, "sign-in-confirm")).map((mail) => /\/signin\/confirm\/[\w-]+/.exec(mail)?.[0]);
    expect(links).toEqual([await linkOf(id), await linkOf(id)]);
  });

  test("whoever knows the password cannot flood the mailbox: ten sign-ins wait within an hour", async () => {
    const { id, username } = await protectedUser();
    const six = async () =>
      await Promise.all(Array.from({ length: 6 }, async () => await signIn(username, openBrowser(house.issuer))));
    const pages = [...(await six()), ...(await six())];
    expect(pages.filter(isWaiting)).toHaveLength(10);
    expect(pages.filter((page) => page.status === 429)).toHaveLength(2);
    expect(await rows(id)).toHaveLength(10);
    expect((await events(id)).filter((event) => event === "signin.failed:throttled")).toHaveLength(2);
    house.clock.now = new Date(house.clock.now.getTime() + 3_601_000);
    expect(isWaiting(await signIn(username, openBrowser(house.issuer)))).toBe(true);
  });

  test("of 20 answers at once one counts, 50 times over, and of 20 who go on one gets in", async () => {
    const { id, username } = await protectedUser();
    const tally = { yes: 0, no: 0, answered: 0, codes: 0 };
    for (let round = 0; round < 50; round += 1) {
      // The account's own throttle of mails is not what is looked at here.
      await house.db.run("delete from sign_in_confirmations where user_id = $1", [id]);
      const browser = openBrowser(house.issuer);
      const page = await signIn(username, browser);
      const link = await linkOf(id);
      const phone = openBrowser(house.issuer);
      const question = await phone.visit(link);
      const mixed = round % 2 === 1;
      const answers = await Promise.all(
        Array.from(
          { length: 20 },
          async (_, at) => await phone.submit(question, { answer: mixed && at % 2 === 1 ? "no" : "yes" }),
        ),
      );
      expect(answers.filter((one) => one.status === 410)).toHaveLength(19);
      tally.answered += answers.filter((one) => one.status === 200).length;
      const state = (await rows(id))[0]?.state;
      tally[state === "confirmed" ? "yes" : "no"] += 1;
      const arrivals = await Promise.all(
        Array.from({ length: round < 5 ? 20 : 2 }, async () => await browser.visit(placeOf(page), home)),
      );
      const codes = arrivals.filter(hasCode).length;
      expect(codes).toBe(state === "confirmed" ? 1 : 0);
      tally.codes += codes;
    }
    console.log(`20 answers at once x 50: ${JSON.stringify(tally)}`);
    expect(tally.answered).toBe(50);
    expect(tally.yes + tally.no).toBe(50);
    expect(tally.codes).toBe(tally.yes);
    expect(await sessions(id)).toHaveLength(tally.yes);
    expect((await events(id, "signin.confirmed")).length).toBe(tally.yes);
    expect((await events(id, "signin.denied")).length).toBe(tally.no);
  }, 180_000);

  test("what is remembered is bounded, and forgotten in time", async () => {
    const { id, username } = await house.makeUser();
    const browser = openBrowser(house.issuer);
    await signIn(username, browser);
    await house.db.run(
      `insert into known_origins (user_id, kind, key, first_seen_at, last_seen_at)
       select $1, 'network', '10.0.' || n || '.0/24', now(), now() - make_interval(days => n) from generate_series(1, 100) n`,
      [id],
    );
    browser.cookies.delete("gatehouse_session");
    await signIn(username, browser);
    const known = async () =>
      (
        await house.db.rows<{ key: string }>(
          "select key from known_origins where user_id = $1 and kind = 'network' order by last_seen_at desc",
          [id],
        )
      ).map((row) => row.key);
    expect((await known()).length).toBeLessThanOrEqual(50);
    expect((await known())[0]).toBe("198.51.100.0/24");
    house.clock.now = new Date(Date.now() + 179 * 86_400_000);
    await cleanExpired(house);
    expect(await known()).toEqual(["198.51.100.0/24"]);
    house.clock.now = new Date(Date.now() + 181 * 86_400_000);
    await cleanExpired(house);
    expect(await known()).toEqual([]);
  });
});

describe("[S3] the mail of a new sign-in", () => {
  const told = async (id: UserId) => await jobs("signIn.tellNew", id);

  test("says when, where and with what; the first sign-in and a known one are no news", async () => {
    const { id, username } = await house.makeUser();
    const browser = openBrowser(house.issuer);
    await signIn(username, browser, from("203.0.113.9"));
    browser.cookies.delete("gatehouse_session");
    await signIn(username, browser, from("203.0.113.10"));
    expect(await told(id)).toEqual([]);
    const other = openBrowser(house.issuer);
    const firefox = {
      ...from("203.0.113.9"),
      "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    };
    await signIn(username, other, firefox);
    const [job] = await told(id);
    expect(job?.payload).toMatchObject({ news: ["device"], address: "203.0.113.9", app: "Field Notes" });
    await tellNewSignIn(house, job?.payload ?? ({} as never));
    const [mail = ""] = await mailsTo(id, "sign-in-new");
    for (const fact of ["Firefox on Windows", "203.0.113.x", "Osaka, Japan", "Field Notes"])
      expect(mail).toContain(fact);

    browser.cookies.delete("gatehouse_session");
    await signIn(username, browser, from("198.51.100.7"));
    expect((await told(id)).map((one) => (one.payload as { news: string[] }).news)).toEqual([["device"], ["network"]]);
  });

  test("does not come where it is switched off, nor after the person has confirmed it", async () => {
    const { id, username } = await house.makeUser();
    await signIn(username, openBrowser(house.issuer));
    await set("protection.mailOnNew", false);
    await signIn(username, openBrowser(house.issuer));
    await set("protection.mailOnNew", true);
    await house.work(async (work) => await updateUser(work, id, { protection: "on" }));
    await knowFrom(username, id, openBrowser(house.issuer));
    expect(await told(id)).toEqual([]);
    expect((await events(id, "signin.succeeded")).length).toBe(3);
  });
});
