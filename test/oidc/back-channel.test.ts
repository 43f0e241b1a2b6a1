import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { endSessions } from "#server/sessions/end-sessions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { sendReset } from "#server/tasks/send-link-mail.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { openBrowser } from "./support/browser.ts";
import type { Browser } from "./support/browser.ts";
import { getTokens, relyingParty, signInAt, startAttempt } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
let jobs: Awaited<ReturnType<typeof workJobs>>;
let apiToken: string;
let directory: { id: string; token: string };

/** What the app was sent, by its path; an app that is down answers 500. */
const heard: { path: string; token: string }[] = [];
const down = new Set<string>();
const listener = createServer((req, res) => {
  let body = "";
  req.on("data", (chunk: Buffer) => (body += chunk.toString()));
  req.on("end", () => {
    const path = req.url ?? "";
    heard.push({ path, token: new URLSearchParams(body).get("logout_token") ?? "" });
    res.writeHead(down.has(path) ? 500 : 200).end();
  });
});
let origin: string;

beforeAll(async () => {
  house = await serveHouse();
  jobs = await workJobs(house);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  ({ apiToken, directory } = await house.work(async (work) => {
    const { token } = await createApiToken(work, { name: "admin", permissions: allPermissions });
    const made = await createDirectory(work, { name: "Directory", rateLimit: null });
    return { apiToken: token, directory: { id: made.directory.id, token: made.token } };
  }));
});
afterAll(async () => {
  await jobs.close();
  listener.closeAllConnections();
  listener.close();
  await house.close();
});

let count = 0;

/** Somebody who is signed in to an app with a back channel of its own. */
async function signedIn(fields: Parameters<ServedHouse["makeUser"]>[0] = {}) {
  count += 1;
  const path = `/app-${count}`;
  const [app, user] = [await house.makeApp({ backchannelLogoutUri: origin + path }), await house.makeUser(fields)];
  return { path, app, user, ...(await getTokens(house, app, user.username)) };
}

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const isScim = path.startsWith("/scim/");
  const reply = await fetch(house.issuer + path, {
    method,
    headers: {
      authorization: `Bearer ${isScim ? directory.token : apiToken}`,
      "content-type": isScim ? "application/scim+json" : "application/json",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  expect(reply.status, text).toBeLessThan(300);
  return text === "" ? undefined : JSON.parse(text);
}

interface Notice {
  state: string;
  attempts: number;
  reason: string;
  lastError: string | null;
  user: { id: string };
}

async function noticesOf(app: TestApp): Promise<Notice[]> {
  return ((await call("GET", `/api/v1/apps/${app.id}/logouts`)) as { items: Notice[] }).items;
}

const tokensAt = (path: string) => heard.filter((one) => one.path === path).map((one) => one.token);

/** Whatever the app was sent, once nothing waits any more. */
async function toldOf(path: string, app: TestApp): Promise<string[]> {
  await expect
    .poll(async () => (await noticesOf(app)).map((one) => one.state), { timeout: 20_000 })
    .not.toContain("waiting");
  return tokensAt(path);
}

/** Signs in to the own pages in a browser that has a session. */
async function accountPage(browser: Browser, action: RegExp) {
  const page = await browser.visit("/account");
  const form = page.html.split("<form").find((part) => action.test(part));
  if (form === undefined) throw new Error(`no form ${action.source} among the own pages`);
  return await browser.submit({ ...page, html: `<form${form}` });
}

type SignedIn = Awaited<ReturnType<typeof signedIn>>;

const scimUser = (user: { id: string }) => `/scim/v2/Users/${user.id}`;
const patch = (path: string, value: unknown) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: [{ op: "replace", path, value }],
});

const ways: Record<string, { why: string; end: (one: SignedIn) => Promise<unknown> }> = {
  "the app, with an ID token": {
    why: "signedOut",
    end: async ({ browser, config, tokens }) =>
      await browser.visit(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? "" }).href),
  },
  "the app, after a yes": {
    why: "signedOut",
    end: async ({ browser }) => await browser.submit(await browser.visit("/oauth/logout"), { logout: "yes" }),
  },
  "an administrator": {
    why: "administrator",
    async end({ user }) {
      const { items } = (await call("GET", `/api/v1/users/${user.id}/sessions`)) as { items: { id: string }[] };
      await call("DELETE", `/api/v1/users/${user.id}/sessions/${items[0]?.id ?? ""}`);
    },
  },
  "an administrator, all of a user": {
    why: "administrator",
    end: async ({ user }) => await call("POST", `/api/v1/users/${user.id}/actions`, { action: "endSessions" }),
  },
  "an administrator who disables the user": {
    why: "disabled",
    end: async ({ user }) => await call("POST", `/api/v1/users/${user.id}/actions`, { action: "disable" }),
  },
  "an administrator who deletes the user": {
    why: "deleted",
    end: async ({ user }) => await call("DELETE", `/api/v1/users/${user.id}`),
  },
  "an administrator who removes the device": {
    why: "deviceRemoved",
    async end({ user }) {
      const { items } = (await call("GET", `/api/v1/users/${user.id}/devices`)) as { items: { id: string }[] };
      await call("DELETE", `/api/v1/users/${user.id}/devices/${items[0]?.id ?? ""}`);
    },
  },
  "a directory that deactivates the user": {
    why: "disabled",
    end: async ({ user }) => await call("PATCH", scimUser(user), patch("active", false)),
  },
  "a directory that renames the user": {
    why: "renamed",
    end: async ({ user }) => await call("PATCH", scimUser(user), patch("userName", `${user.username}-new`)),
  },
  "a directory that deletes the user": {
    why: "deleted",
    end: async ({ user }) => await call("DELETE", scimUser(user)),
  },
  "the person, on the own pages": {
    why: "signedOut",
    end: async ({ browser }) => await accountPage(browser, /action="\/account\/sign-out"/),
  },
  "the person, from another browser": {
    why: "self",
    async end({ user, app, config }) {
      const other = openBrowser(house.issuer);
      const { url } = await startAttempt(config, app);
      await signInAt(other, url, user.username);
      await accountPage(other, /action="\/account\/sessions\/end-others"/);
    },
  },
  "the person, who resets the password": {
    why: "passwordChanged",
    async end({ user }) {
      await sendReset(house, user.username, undefined);
      const mail = await house.db.models.Mail.findOne({ where: { userId: user.id }, order: [["id", "DESC"]] });
      const link = /https?:\/\/\S+\/reset\/[\w-]+/.exec(openMail(house.keyring, mail?.sealed)?.text ?? "")?.[0] ?? "";
      const other = openBrowser(house.issuer);
      await other.submit(await other.visit(link), { new_password: "another-plum-kettle-77" });
    },
  },
};

describe("whoever ends a session, its app is told", () => {
  test.each(Object.entries(ways))("[S1] [U5] [P5] by %s", async (_name, { why, end }) => {
    const one = await signedIn({ directoryId: directory.id as never });
    const { app, user, path, tokens } = one;
    await end(one);
    const told = await toldOf(path, app);
    expect(told).toHaveLength(1);
    const { payload } = await jwtVerify(told[0] ?? "", createRemoteJWKSet(new URL(`${house.issuer}/oauth/jwks`)), {
      issuer: house.issuer,
      audience: app.clientId,
      typ: "logout+jwt",
    });
    expect(payload).toMatchObject({
      sub: user.id,
      sid: tokens.claims()?.["sid"],
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    expect(payload).not.toHaveProperty("nonce");
    expect(await noticesOf(app)).toMatchObject([
      { state: "delivered", attempts: 1, reason: why, lastError: null, user: { id: user.id } },
    ]);
    const events = await house.db.rows(
      "select outcome, app_id, details from events where type = 'app.toldOfSignOut' and subject_id = $1",
      [user.id],
    );
    expect(events).toEqual([{ outcome: "success", app_id: app.id, details: { why, attempts: 1 } }]);
  });
});

test("[S1] each app of a session is told once, by the name that it knows the session by; others are not", async () => {
  const { path, app, user, browser, tokens } = await signedIn();
  const [second, silent] = [await house.makeApp({ backchannelLogoutUri: `${origin}/second` }), await house.makeApp()];
  const sids: unknown[] = [tokens.claims()?.["sid"]];
  for (const other of [second, silent]) {
    const config = await relyingParty(house, other);
    const { url, checks } = await startAttempt(config, other);
    const more = await client.authorizationCodeGrant(config, (await browser.visit(url.href)).url, checks);
    sids.push(more.claims()?.["sid"]);
  }
  await call("POST", `/api/v1/users/${user.id}/actions`, { action: "endSessions" });
  const told = [...(await toldOf(path, app)), ...(await toldOf("/second", second))];
  const claims = told.map(
    (token) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object,
  );
  expect(claims).toMatchObject([{ sid: sids[0] }, { sid: sids[1] }]);
  expect(sids[2]).toBeUndefined();
  expect(await noticesOf(silent)).toEqual([]);
});

test("[S1] an app that is down is told later, with a fresh token, and nobody waits for it", async () => {
  const { path, app, user, browser, config, tokens } = await signedIn();
  down.add(path);
  await browser.visit(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? "" }).href);
  await expect
    .poll(async () => await noticesOf(app), { timeout: 20_000 })
    .toMatchObject([
      {
        state: "waiting",
        attempts: 1,
        lastError: `expected 200 OK from ${origin}${path}, got: 500 Internal Server Error`,
      },
    ]);
  const waits = await house.db.rows<{ waits: boolean }>(
    "select run_at > now() + interval '1 second' as waits from graphile_worker.jobs where task_identifier = 'logout.tell'",
  );
  expect(waits).toEqual([{ waits: true }]);
  down.delete(path);
  await runNow();
  const [first = "", second = "", ...more] = await toldOf(path, app);
  expect(more).toEqual([]);
  const jti = (token: string) =>
    (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { jti: string }).jti;
  expect(jti(second)).not.toBe(jti(first));
  expect(await noticesOf(app)).toMatchObject([
    { state: "delivered", attempts: 2, lastError: null, user: { id: user.id } },
  ]);
});

test("[S1] an app that stays down is given up in the end, and the log says so", async () => {
  const { path, app, user } = await signedIn();
  down.add(path);
  await call("POST", `/api/v1/users/${user.id}/actions`, { action: "endSessions" });
  await expect.poll(async () => (await noticesOf(app))[0]?.attempts, { timeout: 20_000 }).toBe(1);
  await house.db.run(
    "update graphile_worker._private_jobs set attempts = max_attempts - 1 where task_id = (select id from graphile_worker._private_tasks where identifier = 'logout.tell')",
  );
  await runNow();
  expect(await toldOf(path, app)).toHaveLength(2);
  expect(await noticesOf(app)).toMatchObject([{ state: "failed", attempts: 2 }]);
  const [event] = await house.db.rows<{ outcome: string; reason: string }>(
    "select outcome, reason from events where type = 'app.toldOfSignOut' and subject_id = $1",
    [user.id],
  );
  expect(event?.outcome).toBe("failure");
  expect(event?.reason).toContain("500");
});

test("[S1] a change that is undone tells nobody", async () => {
  const { app, user } = await signedIn();
  const undone = house.work(async (work) => {
    await endSessions(work, user.id, "administrator");
    throw new Error("undone");
  });
  await expect(undone).rejects.toThrow("undone");
  expect(await noticesOf(app)).toEqual([]);
});

/** Lets what waits for its next try run at once. */
async function runNow(): Promise<void> {
  await house.db.run("update graphile_worker._private_jobs set run_at = now() where locked_at is null");
  await house.db.rows("select graphile_worker.add_job('clean.expired')");
}
