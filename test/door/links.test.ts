import { afterAll, beforeAll, expect, test } from "vitest";
import { inviteUser } from "#server/onboarding/invite-user.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { cleanExpired } from "#server/tasks/clean-expired.ts";
import { sendActivation, sendReset } from "#server/tasks/send-link-mail.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { updateUser } from "#server/users/update-user.ts";
import { createUser } from "#server/users/create-user.ts";
import { changeStatus } from "#server/users/change-status.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { makeSetupLink } from "#server/onboarding/set-up.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let count = 0;

beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

async function makePending(locale: string | null = null): Promise<{ id: UserId; username: string }> {
  count += 1;
  const username = `pending-${count}`;
  const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
  const id = await house.work(
    async (work) => await createUser(work, { username, displayName: "Aoi", locale, resource }),
  );
  return { id, username };
}

/** The link in the newest mail to somebody, as the recipient would read it. */
async function linkFor(userId: UserId): Promise<string> {
  const mail = await house.db.models.Mail.findOne({ where: { userId }, order: [["id", "DESC"]] });
  const text = openMail(house.keyring, mail?.sealed)?.text ?? "";
  const link = /https?:\/\/\S+\/(?:activate|reset)\/[\w-]+/.exec(text)?.[0];
  if (link === undefined) throw new Error(`no link in: ${text}`);
  return link;
}

async function invite(userId: UserId): Promise<string> {
  await house.work(async (work) => await inviteUser(work, userId));
  await sendActivation(house, userId);
  return await linkFor(userId);
}

async function statusOf(id: UserId): Promise<string | undefined> {
  return (await house.db.row<{ status: string }>("select status from users where id = $1", [id]))?.status;
}

test("[O3] the link of the activation mail sets the first password, once", async () => {
  const user = await makePending();
  const link = await invite(user.id);
  const browser = openBrowser(house.issuer);
  const page = await browser.visit(link);
  expect(page.status).toBe(200);
  expect(page.html).toContain(`${user.username}@example.com`);
  const done = await browser.submit(page, { new_password: password });
  expect(done.status).toBe(200);
  expect(await statusOf(user.id)).toBe("active");
  expect((await browser.visit(link)).status).toBe(410);
  expect((await browser.submit(page, { new_password: "another-password-77" })).status).toBe(410);
});

test("[O3] sending again makes the older link stop working", async () => {
  const user = await makePending();
  const older = await invite(user.id);
  const newer = await invite(user.id);
  const browser = openBrowser(house.issuer);
  expect((await browser.visit(older)).status).toBe(410);
  expect((await browser.visit(newer)).status).toBe(200);
});

test("[O3] an activation link is used exactly once by twenty people at a time, and the loser's password counts for nothing", async () => {
  const user = await makePending();
  const link = await invite(user.id);
  const passwords = Array.from({ length: 20 }, (_, index) => `plum-kettle-orbit-${index}`);
  const pages = await Promise.all(
    passwords.map(async (new_password) => {
      const browser = openBrowser(house.issuer);
      return await browser.submit(await browser.visit(link), { new_password });
    }),
  );
  expect(pages.filter((page) => page.status === 200)).toHaveLength(1);
  expect(pages.filter((page) => page.status === 410)).toHaveLength(19);
  const credentials = await house.db.rows("select 1 from credentials where user_id = $1", [user.id]);
  expect(credentials).toHaveLength(1);
});

test("[U8] a password that breaks the policy is refused beside the field, and the link goes on working", async () => {
  const user = await makePending();
  const link = await invite(user.id);
  const browser = openBrowser(house.issuer);
  const page = await browser.visit(link);
  for (const [typed, sentence] of [
    ["short", "at least 8 are needed"],
    ["password1", "too easy to guess"],
    [`x-${user.username}-x`, "must not contain"],
    ["a".repeat(300), "too long"],
  ] as const) {
    const refused = await browser.submit(page, { new_password: typed });
    expect(refused.status).toBe(422);
    expect(refused.html).toContain(sentence);
    expect(refused.html).toContain('aria-invalid="true"');
    expect(refused.html).not.toContain(typed);
  }
  expect((await browser.submit(page, { new_password: password })).status).toBe(200);
});

test("[S8] pages behind a link speak the language of the account", async () => {
  const user = await makePending("ja-JP");
  const page = await openBrowser(house.issuer).visit(await invite(user.id));
  expect(page.html).toContain('<html lang="ja"');
});

test("[S7] links of a disabled account lead nowhere, and its owner gets no mail", async () => {
  const user = await makePending();
  const link = await invite(user.id);
  await house.work(async (work) => await changeStatus(work, user.id, "disable"));
  expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
  const before = await house.db.rows("select 1 from mails where user_id = $1", [user.id]);
  await sendActivation(house, user.id);
  await sendReset(house, user.username);
  expect(await house.db.rows("select 1 from mails where user_id = $1", [user.id])).toHaveLength(before.length);
});

test("[S8] a reset sets a new password, ends every session, and works once", async () => {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await browser.visit("/account/"), { username: user.username });
  const home = await browser.submit(named, { username: user.username, password });
  expect(home.url.pathname).toBe("/account/");
  await sendReset(house, `${user.username.toUpperCase()}@EXAMPLE.com`);
  const link = await linkFor(user.id);
  const other = openBrowser(house.issuer);
  const done = await other.submit(await other.visit(link), { new_password: "hazel-comet-drum-58" });
  expect(done.status).toBe(200);
  expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  expect((await other.visit(link)).status).toBe(410);
  const jobs = await house.db.rows<{ task: string }>(
    "select t.identifier as task from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where j.payload ->> 'userId' = $1",
    [user.id],
  );
  expect(jobs.map((job) => job.task)).toContain("password.tellChanged");
});

test("[S6] the reset form answers the same for known and unknown names, and looks nothing up before it answers", async () => {
  const user = await house.makeUser();
  const answers = [];
  for (const username of [user.username, "nobody-at-all", `${user.username}@example.com`]) {
    const browser = openBrowser(house.issuer);
    const sent = await browser.submit(await browser.visit("/reset"), { username });
    // The name is what the person typed, and the token is the browser's; nothing else may differ.
    const html = sent.html.replaceAll(username, "NAME").replace(/name="csrf" value="[^"]*"/g, "csrf");
    answers.push({ status: sent.status, html });
  }
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(await house.db.rows("select 1 from mails where user_id = $1", [user.id])).toEqual([]);
});

test("[C4] the set-up link makes the first administrator once, keeps what was typed, and then is spent", async () => {
  const fresh = await serveHouse();
  try {
    const link = await makeSetupLink(fresh, "test");
    const browser = openBrowser(fresh.issuer);
    const page = await browser.visit(link);
    const typed = { username: "first", display_name: "First <b>One</b>", email: "first@example.com" };
    const refused = await browser.submit(page, { ...typed, new_password: "short" });
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("First &lt;b&gt;One&lt;/b&gt;");
    const tries = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const one = openBrowser(fresh.issuer);
        return await one.submit(page, { ...typed, username: `first-${index}`, new_password: password });
      }),
    );
    expect(tries.filter((one) => one.status !== 410)).toHaveLength(1);
    expect((await browser.visit(link)).status).toBe(410);
    const administrators = await fresh.db.rows("select 1 from users where status = 'active'");
    expect(administrators).toHaveLength(1);
    await expect(makeSetupLink(fresh, "test")).rejects.toThrow("exists already");
  } finally {
    await fresh.close();
  }
});

test("[O5] what mails say lies encrypted, and links expire and are cleaned away", async () => {
  const user = await makePending();
  const link = await invite(user.id);
  const secret = link.split("/").at(-1) ?? "";
  const rows = await house.db.rows<{ text: string }>(
    "select to_jsonb(m)::text as text from mails m where user_id = $1",
    [user.id],
  );
  expect(rows.map((row) => row.text).join()).not.toContain(secret);
  house.clock.now = new Date(house.clock.now.getTime() + 8 * 86_400_000);
  expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
  house.clock.now = new Date(house.clock.now.getTime() + 8 * 86_400_000);
  await cleanExpired(house);
  expect(await house.db.rows("select 1 from single_use_tokens where user_id = $1", [user.id])).toEqual([]);
  house.clock.now = new Date();
});

test("[O3] [S8] correcting the email, or setting a password, ends the links that are under way", async () => {
  const pending = await makePending();
  const invitation = await invite(pending.id);
  const emails = [{ value: "corrected@example.com", type: "work", primary: true }];
  await house.work(async (work) => await updateUser(work, pending.id, { resource: { emails } }));
  expect((await openBrowser(house.issuer).visit(invitation)).status).toBe(410);

  const user = await house.makeUser();
  await sendReset(house, user.username);
  const link = await linkFor(user.id);
  const row = await selectUser(house.db, user.id);
  if (row === undefined) throw new Error("no such user");
  const checked = await preparePassword(house.db, "hazel-comet-drum-58", row);
  await house.work(
    async (work) => await setPassword(work, user.id, checked, { isTemporary: false, event: "user.passwordSet" }),
  );
  expect((await openBrowser(house.issuer).visit(link)).status).toBe(410);
});

test("[L1] asking for a reset leaves a line in the log, with the address, when there is such an account", async () => {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  await browser.submit(await browser.visit("/reset"), { username: user.username });
  const job = await house.db.row<{ payload: { login: string; address?: string } }>(
    "select payload from graphile_worker._private_jobs where payload ->> 'login' = $1",
    [user.username],
  );
  expect(job?.payload).toEqual({ login: user.username, address: "127.0.0.1" });
  const lines = async () => (await house.db.rows("select 1 from events where type = 'user.resetRequested'")).length;
  const before = await lines();
  await sendReset(house, "sesame-nobody", "127.0.0.1");
  expect(await lines()).toBe(before);
  await sendReset(house, user.username, "127.0.0.1");
  const events = await house.db.rows(
    "select actor_kind, address from events where type = 'user.resetRequested' and subject_id = $1",
    [user.id],
  );
  expect(events).toEqual([{ actor_kind: "stranger", address: "127.0.0.1" }]);
});
