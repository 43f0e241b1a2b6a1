import { pbkdf2Sync, scryptSync } from "node:crypto";
import { hashSync } from "bcrypt";
import argon2 from "argon2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { tellPasswordExpired } from "#server/tasks/send-link-mail.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { getTokens, relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let app: TestApp;
let token: string;

beforeAll(async () => {
  house = await serveHouse();
  app = await house.makeApp();
  ({ token } = await house.work(
    async (work) => await createApiToken(work, { name: "passwords", permissions: allPermissions }),
  ));
});
afterAll(async () => await house.close());

async function call(method: string, path: string, body: unknown, as = token) {
  const headers = { authorization: `Bearer ${as}`, "content-type": "application/json" };
  const reply = await fetch(`${house.issuer}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

/** What the browser sees after name and password: the page, or the code for the app. */
async function tryToSignIn(username: string, secret = password) {
  const { url } = await startAttempt(await relyingParty(house, app), app);
  const page = await signInAt(openBrowser(house.issuer), url, username, secret);
  return { page, isIn: page.url.searchParams.has("code") };
}

async function mailsTo(userId: UserId) {
  const mails = await house.db.models.Mail.findAll({ where: { userId }, order: [["id", "ASC"]] });
  return mails.map((mail) => ({ template: mail.template, text: openMail(house.keyring, mail.sealed)?.text ?? "" }));
}

async function jobsFor(userId: UserId): Promise<{ task_identifier: string; run_at: Date }[]> {
  return await house.db.rows("select task_identifier, run_at from graphile_worker.jobs where key = $1", [
    `passwordExpired:${userId}`,
  ]);
}

async function hashOf(userId: UserId): Promise<string | undefined> {
  const row = await house.db.row<{ hash: string }>(
    "select hash from credentials where user_id = $1 and retired_at is null",
    [userId],
  );
  return row?.hash;
}

test("[U10] a temporary password ends the sessions and must be changed at the next sign-in", async () => {
  const user = await house.makeUser();
  const { tokens } = await getTokens(house, app, user.username);
  const temporary = "walnut-ferry-lantern-27";
  const reply = await call("PUT", `/users/${user.id}/password`, { password: temporary });
  expect(reply.status).toBe(200);
  expect(reply.body["passwordIsTemporary"]).toBe(true);
  const userinfo = await fetch(`${house.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(userinfo.status).toBe(401);
  expect((await tryToSignIn(user.username)).isIn).toBe(false);
  const { page, isIn } = await tryToSignIn(user.username, temporary);
  expect(isIn).toBe(false);
  expect(page.html).toContain('name="new_password"');
});

test("[U8] a temporary password follows the policy", async () => {
  const user = await house.makeUser();
  const reply = await call("PUT", `/users/${user.id}/password`, { password: "short" });
  expect(reply.status).toBe(400);
  expect(reply.body).toMatchObject({ code: "password.tooShort" });
  expect((await tryToSignIn(user.username)).isIn).toBe(true);
});

test("[G2] [S6] who may not set a password is not told either whether it is the one in use", async () => {
  const administrator = await house.makeUser({ roleId: adminRole });
  const lesser = await house.work(
    async (work) => await createApiToken(work, { name: "accounts", permissions: ["accounts"] }),
  );
  for (const guess of [password, "walnut-ferry-lantern-29"]) {
    const reply = await call("PUT", `/users/${administrator.id}/password`, { password: guess }, lesser.token);
    expect(reply).toMatchObject({ status: 403, body: { code: "access.denied" } });
  }
});

test("[U10] [S2] a temporary password that nobody used stops working after the hours of the setting", async () => {
  const user = await house.makeUser();
  const temporary = "walnut-ferry-lantern-28";
  const reply = await call("PUT", `/users/${user.id}/password`, { password: temporary });
  const expiresAt = new Date(String(reply.body["passwordExpiresAt"]));
  expect(expiresAt.getTime()).toBe(house.clock.now.getTime() + 168 * 3_600_000);
  const before = house.clock.now;
  house.clock.now = new Date(expiresAt.getTime() + 1);
  try {
    const { page } = await tryToSignIn(user.username, temporary);
    expect(page.status).toBe(403);
    expect(page.html).toContain("Your password has expired.");
  } finally {
    house.clock.now = before;
  }
});

test("[U10] an expiry date: before it the password works, from then on a mail leads to another", async () => {
  const user = await house.makeUser();
  const expiresAt = new Date(house.clock.now.getTime() + 86_400_000);
  const reply = await call("PUT", `/users/${user.id}/password/expiry`, { expiresAt: expiresAt.toISOString() });
  expect(reply.body["passwordExpiresAt"]).toBe(expiresAt.toISOString());
  expect(await jobsFor(user.id)).toEqual([{ task_identifier: "password.tellExpired", run_at: expiresAt }]);
  expect((await tryToSignIn(user.username)).isIn).toBe(true);
  await tellPasswordExpired(house, user.id);
  expect(await mailsTo(user.id)).toEqual([]);

  const before = house.clock.now;
  house.clock.now = new Date(expiresAt.getTime() + 1);
  try {
    const { page, isIn } = await tryToSignIn(user.username);
    expect({ isIn, status: page.status }).toEqual({ isIn: false, status: 403 });
    expect(page.html).toContain("Your password has expired.");
    // A stranger learns nothing: the wrong password hears what it always hears.
    const wrong = (await tryToSignIn(user.username, "not-the-password")).page;
    expect(wrong.status).toBe(401);
    expect(wrong.html).not.toContain("expired");

    await tellPasswordExpired(house, user.id);
    await tellPasswordExpired(house, user.id);
    const mails = await mailsTo(user.id);
    expect(mails.map((mail) => mail.template)).toEqual(["password-expired"]);
    const link = /https?:\/\/\S+\/reset\/[\w-]+/.exec(mails[0]?.text ?? "")?.[0] ?? "";
    const browser = openBrowser(house.issuer);
    const done = await browser.submit(await browser.visit(link), { new_password: "walnut-ferry-lantern-29" });
    expect(done.status).toBe(200);
    expect((await tryToSignIn(user.username, "walnut-ferry-lantern-29")).isIn).toBe(true);
  } finally {
    house.clock.now = before;
  }
});

test("[U10] an expiry is taken back with null, and needs a password", async () => {
  const user = await house.makeUser();
  const past = new Date(house.clock.now.getTime() - 1000).toISOString();
  await call("PUT", `/users/${user.id}/password/expiry`, { expiresAt: past });
  expect((await tryToSignIn(user.username)).isIn).toBe(false);
  expect((await call("PUT", `/users/${user.id}/password/expiry`, { expiresAt: null })).status).toBe(200);
  expect((await tryToSignIn(user.username)).isIn).toBe(true);
  const invited = await call("POST", "/users", { username: "none", displayName: "None", email: "none@example.com" });
  const reply = await call("PUT", `/users/${String(invited.body["id"])}/password/expiry`, { expiresAt: past });
  expect({ status: reply.status, code: reply.body["code"] }).toEqual({ status: 409, code: "password.missing" });
});

test("[U12] removing the identity takes password, factors, devices and sessions, and leaves a pending account", async () => {
  const user = await house.makeUser();
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const reply = await call("POST", `/users/${user.id}/actions`, { action: "removeIdentity" });
  expect(reply.body).toMatchObject({
    status: "pending",
    isOnboarded: false,
    hasPassword: false,
    factors: [],
    recoveryCodesLeft: 0,
    sessionCount: 0,
    deviceCount: 0,
    username: user.username,
  });
  const userinfo = await fetch(`${house.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(userinfo.status).toBe(401);
  expect((await tryToSignIn(user.username)).isIn).toBe(false);
  const left = await house.db.row<{ count: number }>(
    "select count(*)::int as count from credentials where user_id = $1",
    [user.id],
  );
  expect(left?.count).toBe(0);
  expect((await call("POST", `/users/${user.id}/actions`, { action: "sendActivation" })).status).toBe(200);
});

// As the library writes it.
const ours = /^\$argon2id\$v=19\$m=19456,p=1,t=2\$/;

describe("a password that another system hashed", () => {
  const secret = "Zürich-ferry-lantern-31";
  const salt = Buffer.from("0123456789abcdef");
  const plain = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
  const hashes: Record<string, string> = {
    "bcrypt 2b": hashSync(secret, 4),
    "bcrypt 2y": hashSync(secret, 4).replace(/^\$2b/, "$2y"),
    scrypt: `$scrypt$ln=10,r=8,p=1$${plain(salt)}$${plain(scryptSync(secret, salt, 32, { N: 1024 }))}`,
    "PBKDF2 of passlib": `$pbkdf2-sha256$1000$${plain(salt).replaceAll("+", ".")}$${plain(pbkdf2Sync(secret, salt, 1000, 32, "sha256")).replaceAll("+", ".")}`,
    "PBKDF2 of Django": `pbkdf2_sha256$1000$salty$${pbkdf2Sync(secret, "salty", 1000, 32, "sha256").toString("base64")}`,
  };

  test.each(Object.keys(hashes))("[S2] [B1] %s signs in, and is made anew by it", async (kind) => {
    const username = `hashed-${kind.replaceAll(" ", "-")}`.toLowerCase();
    const made = await call("POST", "/users", { username, displayName: "Hashed", passwordHash: hashes[kind] });
    expect(made.body).toMatchObject({ status: "active", hasPassword: true, passwordIsTemporary: false });
    const id = String(made.body["id"]) as UserId;
    expect((await tryToSignIn(username, "not-the-password")).isIn).toBe(false);
    expect(await hashOf(id)).toBe(hashes[kind]);
    expect((await tryToSignIn(username, secret)).isIn).toBe(true);
    expect(await hashOf(id)).toMatch(ours);
    expect((await tryToSignIn(username, secret)).isIn).toBe(true);
  });

  test("[S2] [B1] argon2 with other parameters too", async () => {
    const weak = await argon2.hash(secret, { type: argon2.argon2i, memoryCost: 1024, timeCost: 2, parallelism: 1 });
    const made = await call("POST", "/users", { username: "argon", displayName: "Argon", passwordHash: weak });
    expect((await tryToSignIn("argon", secret)).isIn).toBe(true);
    expect(await hashOf(String(made.body["id"]) as UserId)).toMatch(ours);
  });

  const refused = [
    "",
    "plain text",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "$2b$20$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "$2b$04$short",
    "$argon2id$v=19$m=9999999,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
    "$scrypt$ln=30,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
    "$scrypt$ln=10,r=0,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
    "pbkdf2_sha256$9999999$salty$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "pbkdf2_sha256$1000$salty$c2hvcnQ=",
  ];
  test.each(refused)("[S2] refused: %j, and nobody is made", async (passwordHash) => {
    const reply = await call("POST", "/users", { username: "refused", displayName: "Refused", passwordHash });
    expect({ status: reply.status, code: reply.body["code"] }).toEqual({ status: 400, code: "password.hashUnknown" });
    expect(await house.db.row("select 1 from users where username = 'refused'")).toBeUndefined();
  });
});
