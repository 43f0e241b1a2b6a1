import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SMTPServer } from "smtp-server";
import { allPermissions } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { remindForgetful } from "#server/tasks/remind.ts";
import { sendMail } from "#server/tasks/send-mail.ts";
import { openTransport } from "#server/tasks/transport.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { createUser } from "#server/users/create-user.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

vi.setConfig({ testTimeout: 30_000 });

let house: ServedHouse;
let smtp: SMTPServer;
let worker: { close(): Promise<void> };
let all: string;
const received: { to: string; content: string }[] = [];

beforeAll(async () => {
  smtp = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        // Long lines come folded (RFC 2045 §6.7).
        const content = Buffer.concat(chunks).toString("utf8").replaceAll("=\r\n", "").replaceAll("=3D", "=");
        received.push({ to: session.envelope.rcptTo[0]?.address ?? "", content });
        done();
      });
    },
  });
  const port = await new Promise<number>((resolve) => {
    const server = smtp.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  house = await serveHouse({ smtpUrl: `smtp://127.0.0.1:${port}` });
  worker = await workJobs(house);
  all = await token(allPermissions);
});
afterAll(async () => {
  await worker.close();
  await house.close();
  await new Promise<void>((resolve) => smtp.close(resolve));
});

const token = async (permissions: readonly Permission[]) =>
  (await house.work(async (work) => await createApiToken(work, { name: "token", permissions }))).token;

type Body = Record<string, unknown>;

async function call(method: string, path: string, body?: unknown, by = all) {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${by}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Body };
}

let count = 0;
async function makePending(fields: Body = {}): Promise<{ id: UserId; email: string; username: string }> {
  count += 1;
  const username = `waiting-${count}`;
  const email = `${username}@example.com`;
  const resource = { emails: [{ value: email, type: "work", primary: true }] };
  const id = await house.work(
    async (work) => await createUser(work, { username, displayName: `Waiting ${count}`, resource, ...fields }),
  );
  return { id, email, username };
}

/** How the list shows somebody. */
async function rowOf(username: string): Promise<Body | undefined> {
  const { body } = await call("GET", `/onboarding?q=${username}`);
  return (body["items"] as Body[]).find((row) => row["username"] === username);
}

const stateOf = async (username: string) => (await rowOf(username))?.["state"];
const invite = async (id: UserId) => await call("POST", `/users/${id}/actions`, { action: "sendActivation" });

/** The link in the latest of so many mails to an address, once they arrived. */
async function linkTo(email: string, mails = 1): Promise<string> {
  const own = () => received.filter((mail) => mail.to === email);
  await expect.poll(() => own().length, { timeout: 15_000 }).toBe(mails);
  return /http:\S+\/activate\/[\w-]+/.exec(own().at(-1)?.content ?? "")?.[0] ?? "";
}

const events = async (type: string, id: string) =>
  await house.db.rows<{ actor_name: string; details: Body | null }>(
    "select actor_name, details from events where type = $1 and subject_id = $2",
    [type, id],
  );

test("[O1] [O3] the list follows somebody from the account over the mail and the link to the password", async () => {
  const { id, email, username } = await makePending();
  expect(await rowOf(username)).toMatchObject({ state: "uninvited", links: 0, mail: null, expiresAt: null });
  await invite(id);
  const link = await linkTo(email);
  await expect.poll(async () => await stateOf(username), { timeout: 15_000 }).toBe("sent");
  expect(await rowOf(username)).toMatchObject({ links: 1, mail: { lastError: null } });
  expect((await fetch(link)).status).toBe(200);
  expect(await stateOf(username)).toBe("opened");
  await house.db.run("update onboardings set expires_at = now() where user_id = $1", [id]);
  expect(await stateOf(username)).toBe("expired");
  await invite(id);
  const second = await linkTo(email, 2);
  await expect.poll(async () => await stateOf(username), { timeout: 15_000 }).toBe("sent");
  expect((await fetch(link)).status).toBe(410);
  const form = new URLSearchParams({ new_password: "plum-kettle-orbit-93" });
  const done = await fetch(second, { method: "POST", body: form, headers: { "sec-fetch-site": "same-origin" } });
  expect(done.status).toBe(200);
  expect(await rowOf(username)).toBeUndefined();
  expect(await invite(id)).toMatchObject({ status: 409, body: { code: "user.alreadyActive" } });
});

test("[O1] is narrowed by state, source and search, and paged", async () => {
  const people = await Promise.all([makePending(), makePending(), makePending()]);
  const usernames = people.map((one) => one.username);
  const listed = async (query: string) => {
    const { body } = await call("GET", `/onboarding?${query}`);
    return (body["items"] as Body[]).map((row) => row["username"]);
  };
  expect(await listed("invitation=uninvited&directory=local")).toEqual(expect.arrayContaining(usernames));
  expect(await listed("invitation=expired,failed")).toEqual([]);
  expect(await listed(`q=${usernames[0]}`)).toContain(usernames[0]);
  expect((await call("GET", "/onboarding?invitation=lost")).status).toBe(400);
  const first = await call("GET", "/onboarding?limit=2");
  const next = await call("GET", `/onboarding?limit=2&cursor=${String(first.body["nextCursor"])}`);
  const ids = [first, next].flatMap(({ body }) => (body["items"] as Body[]).map((row) => row["id"]));
  expect(new Set(ids).size).toBe(ids.length);
  // The same words choose whom a bulk action is for.
  expect((await call("GET", "/users/count?status=pending&invitation=uninvited")).body["count"]).toBeGreaterThan(2);
});

test("[O3] a mail that the server refuses for good shows with what it said, and is sent again with the others", async () => {
  const { id, email, username } = await makePending();
  await invite(id);
  await linkTo(email);
  await expect.poll(async () => await stateOf(username), { timeout: 15_000 }).toBe("sent");
  const row = await house.db.row<{ id: string }>("select id from mails where user_id = $1", [id]);
  if (row === undefined) throw new Error("there is no mail");
  const sealed = house.keyring.seal("mail", JSON.stringify({ text: "again", html: "<p>again</p>" }));
  await house.db.run("update mails set state = 'waiting', sealed = $2 where id = $1", [row.id, sealed]);
  // Nobody listens there.
  const deaf = openTransport({ smtpUrl: "smtp://127.0.0.1:1", mailFrom: "no-reply@example.com" });
  await expect(sendMail(house, deaf, row.id as never, true)).rejects.toThrow();
  deaf?.close();
  expect(await rowOf(username)).toMatchObject({ state: "failed", mail: { lastError: /ECONNREFUSED/ } });
  expect(await call("POST", "/mails/retry", { state: "failed", q: email })).toMatchObject({ body: { total: 1 } });
  await linkTo(email, 2);
  await expect.poll(async () => await stateOf(username), { timeout: 15_000 }).toBe("sent");
  expect((await call("POST", "/mails/retry", { state: "failed" })).body).toMatchObject({ total: 0 });
});

test("[O5] the outbox is searched by address and kind; who reads a mail is in the log, and what is gone is not read", async () => {
  const { id, email } = await makePending();
  const sealed = house.keyring.seal("mail", JSON.stringify({ text: "hello", html: "<p>hello</p>" }));
  await house.db.run(
    `insert into mails (id, user_id, recipient, template, locale, subject, sealed, state, created_at)
     values ($1, $1, $2, 'welcome', 'en', 'Welcome', $3, 'kept', now())`,
    [id, email, sealed],
  );
  const found = await call("GET", `/mails?q=${email.slice(0, -6).toUpperCase()}&template=welcome&state=kept`);
  expect(found.body).toMatchObject({ total: 1, items: [{ id, recipient: email }] });
  expect((await call("GET", `/mails?q=${email}&template=activation`)).body).toMatchObject({ total: 0 });
  expect((await call("GET", "/mails?q=100%25_none")).body).toMatchObject({ total: 0 });
  expect((await call("GET", `/mails/${id}`)).body).toMatchObject({ text: "hello" });
  expect(await events("mail.read", id)).toMatchObject([{ actor_name: "token", details: { template: "welcome" } }]);
  expect((await call("POST", `/mails/${id}/retry`)).body).toMatchObject({ state: "waiting" });
  expect(await events("mail.retried", id)).toHaveLength(1);
  await expect.poll(async () => (await call("GET", `/mails/${id}`)).body["text"], { timeout: 15_000 }).toBeNull();
  const reads = await events("mail.read", id);
  await call("GET", `/mails/${id}`);
  expect(await events("mail.read", id)).toHaveLength(reads.length);
});

test("[O3] the welcome mail says what the account is called, and has nothing that signs in", async () => {
  const { id, email, username } = await makePending();
  expect((await call("POST", `/users/${id}/actions`, { action: "sendWelcome" })).status).toBe(200);
  await expect.poll(() => received.filter((mail) => mail.to === email).length, { timeout: 15_000 }).toBe(1);
  const { content } = received.find((mail) => mail.to === email) ?? { content: "" };
  expect(content).toContain(username);
  expect(content).not.toMatch(/activate|reset/);
  expect(await events("user.welcomeSent", id)).toHaveLength(1);
  expect((await rowOf(username))?.["welcomedAt"]).not.toBeNull();
  await call("POST", `/users/${id}/actions`, { action: "disable" });
  for (const action of ["sendWelcome", "sendActivation"]) {
    expect((await call("POST", `/users/${id}/actions`, { action })).body).toMatchObject({ code: "user.disabled" });
  }
});

describe("[O3] an activation link for an administrator", () => {
  const copy = async (id: UserId, by = all) => await call("POST", `/users/${id}/activation-link`, {}, by);

  test("is not handed out unless the organization allows it", async () => {
    const { id } = await makePending();
    expect(await copy(id)).toMatchObject({ status: 403, body: { code: "onboarding.linksHidden" } });
    expect(await events("user.activationLinkCopied", id)).toEqual([]);
  });

  test("works once, ends the mailed one, and is in the log without the link itself", async () => {
    await house.work(async (work) => await setSetting(work, "onboarding.copyLinks", true));
    const { id, email, username } = await makePending();
    await invite(id);
    const mailed = await linkTo(email);
    const copied = await copy(id);
    expect(copied.status).toBe(200);
    expect(await stateOf(username)).toBe("copied");
    expect((await fetch(mailed)).status).toBe(410);
    expect((await fetch(String(copied.body["url"]))).status).toBe(200);
    const [event] = await events("user.activationLinkCopied", id);
    expect(event?.actor_name).toBe("token");
    expect(JSON.stringify(event)).not.toContain(String(copied.body["url"]).split("/").at(-1));
    const { id: active } = await house.makeUser();
    expect((await copy(active)).body).toMatchObject({ code: "user.alreadyActive" });
  });

  test("of an account that may do more than the asker is refused", async () => {
    const { id } = await makePending({ roleId: adminRole });
    expect(await copy(id, await token(["accounts"]))).toMatchObject({ status: 403, body: { code: "access.denied" } });
    expect((await copy(id, await token(["logs", "settings"]))).status).toBe(403);
    await house.work(async (work) => await setSetting(work, "onboarding.copyLinks", false));
  });
});

test("[O3] reminders go out only when they are on, late enough, so often and once each", async () => {
  const { id, email, username } = await makePending();
  await invite(id);
  const first = await linkTo(email);
  await expect.poll(async () => await stateOf(username), { timeout: 15_000 }).toBe("sent");
  const daysLater = async (days: number) => {
    await house.db.run(
      `update onboardings set linked_at = linked_at - make_interval(days => $2),
         reminded_at = reminded_at - make_interval(days => $2) where user_id = $1`,
      [id, days],
    );
  };
  await daysLater(30);
  expect(await remindForgetful(house)).toBe(0);
  await house.work(async (work) => {
    await setSetting(work, "onboarding.remindDays", 3);
    await setSetting(work, "onboarding.remindTimes", 2);
  });
  const others = await house.db.rows<{ user_id: string }>("select user_id from onboardings where user_id <> $1", [id]);
  await house.db.run("update onboardings set completed_at = now() where user_id = any($1::uuid[])", [
    others.map((one) => one.user_id),
  ]);
  expect((await Promise.all([remindForgetful(house), remindForgetful(house)])).reduce((a, b) => a + b)).toBe(1);
  const second = await linkTo(email, 2);
  expect(received.findLast((mail) => mail.to === email)?.content).toContain("Subject: Reminder");
  expect((await fetch(first)).status).toBe(410);
  expect((await fetch(second)).status).toBe(200);
  expect(await remindForgetful(house)).toBe(0);
  await daysLater(2);
  expect(await remindForgetful(house)).toBe(0);
  await daysLater(2);
  await expect.poll(async () => await remindForgetful(house), { timeout: 15_000 }).toBe(1);
  await linkTo(email, 3);
  await daysLater(30);
  expect(await remindForgetful(house)).toBe(0);
  expect((await events("user.activationReminded", id)).map((event) => event.details)).toEqual([
    { count: 1 },
    { count: 2 },
  ]);
  await house.work(async (work) => await setSetting(work, "onboarding.remindDays", 0));
});

test("[O2] the figures count who was invited, got the mail, came by the link and set a password, by day", async () => {
  const before = (await call("GET", "/onboarding/figures")).body;
  const today = (body: Body) => (body["days"] as Body[]).at(-1) as Record<string, number>;
  const [one, two] = [await makePending(), await makePending()];
  await invite(one.id);
  await invite(two.id);
  const link = await linkTo(one.email);
  await linkTo(two.email);
  for (const { username } of [one, two]) {
    await expect.poll(async () => await stateOf(username), { timeout: 15_000 }).toBe("sent");
  }
  const form = new URLSearchParams({ new_password: "plum-kettle-orbit-93" });
  await fetch(link, { method: "POST", body: form, headers: { "sec-fetch-site": "same-origin" } });
  house.clock.now = new Date(Date.now() + 120_000);
  // What is read is what was counted; reading it late asks for another count.
  await expect
    .poll(async () => (await call("GET", "/onboarding/figures")).body["countedAt"], { timeout: 15_000 })
    .not.toBe(before["countedAt"]);
  const after = (await call("GET", "/onboarding/figures?days=7")).body;
  expect(after["days"]).toHaveLength(7);
  const grown = (key: string) => (today(after)[key] ?? 0) - (today(before)[key] ?? 0);
  expect(grown("onboarded")).toBe(1);
  expect(grown("onboardedTotal")).toBe(1);
  expect(today(after)).toMatchObject({ waitingTotal: expect.any(Number) as number });
  expect(after["totals"]).toMatchObject({ medianSeconds: expect.any(Number) as number });
  const funnel = ["invited", "sent", "opened", "activated"].map((key) => today(after)[key] ?? 0);
  expect(funnel).toEqual(funnel.toSorted((a, b) => b - a));
  expect(funnel.at(-1)).toBeGreaterThan(0);
  const none = await token(["settings"]);
  expect((await call("GET", "/onboarding/figures", undefined, none)).status).toBe(403);
  expect((await call("GET", "/onboarding", undefined, none)).status).toBe(403);
});
