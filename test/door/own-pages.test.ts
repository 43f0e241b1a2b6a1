import { afterAll, beforeAll, expect, test } from "vitest";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import type { NewAttribute } from "#server/attributes/create-attribute.ts";
import { readValues, valuesOf, withValues } from "#server/attributes/custom-values.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import type { SettingKey } from "#server/settings/definitions.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { updateUser } from "#server/users/update-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser } from "#test/oidc/support/browser.ts";
import { getTokens, signInAt } from "#test/oidc/support/relying-party.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

async function set(key: SettingKey, value: boolean | number): Promise<void> {
  await house.work(async (work) => await setSetting(work, key, value));
}

/** Somebody signed in to the own pages. */
async function visitor(fields = {}) {
  const user = await house.makeUser(fields);
  return { ...user, browser: await signedIn(user.username) };
}

async function signedIn(username: string): Promise<Browser> {
  const browser = openBrowser(house.issuer);
  await signInAt(browser, new URL(`${house.issuer}/account/`), username);
  return browser;
}

const plain = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

/** The profile form comes after the form that signs out. */
async function submitProfile(browser: Browser, typed: Record<string, string>) {
  const page = await browser.visit("/account/profile");
  const at = page.html.indexOf('<form class="stack account__form"');
  return await browser.submit({ ...page, html: page.html.slice(at) }, typed);
}

test("[S8] people edit their names, phone, language and time zone, and nothing that is not theirs to edit", async () => {
  const { id, username, browser } = await visitor();
  const saved = await submitProfile(browser, {
    given_name: "Aoi",
    phone: "+81 90 0000 1842",
    locale: "ja",
    time_zone: "Asia/Tokyo",
    marketing: "yes",
    // Read only on the page: posting it all the same changes nothing.
    username: "somebody.else",
    email: "other@example.com",
  });
  expect(saved.url.search).toBe("?done=saved");
  expect(saved.html).toContain('lang="ja"');
  expect(await selectUser(house.db, id)).toMatchObject({
    username,
    given_name: "Aoi",
    locale: "ja",
    time_zone: "Asia/Tokyo",
    marketing_consent: true,
    email: `${username}@example.com`,
    resource: { phoneNumbers: [{ value: "+81 90 0000 1842" }] },
  });
  const wrong = await submitProfile(browser, { phone: "not a number", given_name: "Kept" });
  expect(wrong.status).toBe(422);
  expect(wrong.html).toContain('id="phone-error"');
  expect(wrong.html).toContain('value="Kept"');
});

test("[S8] [U5] another display name signs the person out everywhere", async () => {
  const { id, browser } = await visitor();
  await submitProfile(browser, { display_name: "Another Name" });
  expect((await selectUser(house.db, id))?.display_name).toBe("Another Name");
  expect((await browser.visit("/account/profile")).url.pathname).toMatch(/^\/signin\//);
});

test("[S8] [U7] the username is theirs where the setting says so, once in its cool-down", async () => {
  await set("profile.username", true);
  try {
    const { id, browser } = await visitor();
    await submitProfile(browser, { username: "chosen.by.me" });
    expect((await selectUser(house.db, id))?.username).toBe("chosen.by.me");
    const again = await signedIn("chosen.by.me");
    const page = await again.visit("/account/profile");
    expect(plain(page.html)).toContain("You can change it again on");
    await submitProfile(again, { username: "chosen.twice" });
    expect((await selectUser(house.db, id))?.username).toBe("chosen.by.me");
    await set("usernames.coolDownDays", 0);
    await submitProfile(again, { username: "chosen.twice" });
    expect((await selectUser(house.db, id))?.username).toBe("chosen.twice");
    const taken = await house.makeUser();
    const third = await signedIn("chosen.twice");
    const refused = await submitProfile(third, { username: taken.username.toUpperCase() });
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("Another account has this username.");
  } finally {
    await set("profile.username", false);
    await set("usernames.coolDownDays", 30);
  }
});

test("[S8] what a directory provides stays the directory's", async () => {
  const { directory } = await house.work(async (work) => await createDirectory(work, { name: "Okta" }));
  const { id, browser } = await visitor({ directoryId: directory.id });
  await submitProfile(browser, { display_name: "Mine", phone: "+81 90 0000 0000", time_zone: "Asia/Tokyo" });
  const user = await selectUser(house.db, id);
  expect(user?.display_name).not.toBe("Mine");
  expect(user?.time_zone).toBe("Asia/Tokyo");
  expect(plain((await browser.visit("/account/profile")).html)).toContain("Okta keeps this up to date");
});

test("[S8] apps are listed with what they know, and revoking one ends its tokens", async () => {
  const app = await house.makeApp({ name: "Field Notes", isThirdParty: false });
  const { id, username, browser } = await visitor();
  const { tokens } = await getTokens(house, app, username, { scope: "openid profile offline_access" });
  const theirs = await getTokens(house, app, (await house.makeUser()).username);
  const page = await browser.visit("/account/apps");
  expect(plain(page.html)).toContain("Field Notes");
  expect(plain(page.html)).toMatch(/It knows: .*profile/);
  const at = page.html.indexOf(`action="/account/apps/${app.id}/revoke"`);
  const done = await browser.submit({ ...page, html: page.html.slice(page.html.lastIndexOf("<form", at)) });
  expect(plain(done.html)).toContain("The app has no access any more.");
  expect(plain(done.html)).toContain("You have not signed in to any app yet.");
  const userinfo = await fetch(`${house.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(userinfo.status).toBe(401);
  const event = await house.db.row("select 1 from events where type = 'app.revoked' and subject_id = $1", [id]);
  expect(event).toBeDefined();
  // What others have let the app have stays.
  const kept = await fetch(`${house.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${theirs.tokens.access_token}` },
  });
  expect(kept.status).toBe(200);
});

test("[S8] the activity shows own lines, page by page, and not where an administrator was", async () => {
  const { id, browser } = await visitor();
  const stranger = await visitor();
  await house.db.run(
    `insert into events (id, at, type, outcome, actor_kind, actor_id, actor_name, subject_kind, subject_id, subject_name, address)
     select gen_random_uuid(), now() + n * interval '1 second', 'user.updated', 'success', 'user', $2, 'boss', 'user', $1, 'x', '192.0.2.99'
     from generate_series(1, 30) n`,
    [id, stranger.id],
  );
  const first = await browser.visit("/account/activity");
  expect(plain(first.html)).toContain("by an administrator");
  expect(first.html).not.toContain("192.0.2.99");
  expect(first.html).not.toContain("boss");
  const older = /href="(\/account\/activity\?cursor=[^"]+)"[^>]*>Older/.exec(first.html)?.[1] ?? "";
  const second = await browser.visit(older.replaceAll("&amp;", "&"));
  expect(plain(second.html)).toContain("Signed in");
  expect(second.html).toContain("Newer");
  expect((await browser.visit("/account/activity?cursor=made-up")).status).toBe(400);
});

test("[S8] everything that is kept comes as one file, without a secret", async () => {
  const { id, username, browser } = await visitor();
  const reply = await browser.visit("/account/data.json");
  expect(reply.headers.get("content-disposition")).toContain("attachment");
  expect(reply.headers.get("cache-control")).toBe("no-store");
  const data = JSON.parse(reply.html) as Record<string, unknown>;
  expect(data).toMatchObject({
    account: { id, username, email: `${username}@example.com` },
    sessions: [{ userAgent: "test browser" }],
    password: { setAt: expect.any(String) as unknown },
  });
  const row = await house.db.row<{ hash: string }>("select hash from credentials where user_id = $1", [id]);
  expect(reply.html).not.toContain(row?.hash);
  expect(reply.html).not.toContain("argon2");
  expect((await openBrowser(house.issuer).visit("/account/data.json")).url.pathname).toMatch(/^\/signin\//);
});

/** Attributes as an organization has them: seen, edited, kept unseen. */
async function defineAttributes(): Promise<void> {
  const attributes: Partial<NewAttribute>[] = [
    { name: "desk", isUnique: true, isEditable: true, description: "Number on the desk" },
    { name: "remote", type: "boolean", isEditable: true },
    { name: "floor", type: "integer", isEditable: true, scim: "none" },
    { name: "size", canonicalValues: ["S", "M"], isEditable: true },
    { name: "colours", canonicalValues: ["Red", "Blue"], isMultiValued: true, isEditable: true },
    { name: "rooms", type: "integer", isMultiValued: true, isEditable: true },
    { name: "grade" },
    { name: "rating", isVisible: false },
  ];
  for (const one of attributes) {
    const { name = "" } = one;
    const fields = {
      type: "string" as const,
      labels: { en: `The ${name}`, ja: `${name} の` },
      isVisible: true,
      ...one,
    };
    await house.work(async (work) => await createAttribute(work, { ...fields, name }));
  }
}

async function valuesOfUser(id: string): Promise<unknown> {
  const user = await selectUser(house.db, id);
  return valuesOf(await readAttributes(house.db), user?.custom ?? {});
}

async function give(id: UserId, values: Record<string, unknown>): Promise<void> {
  await house.work(async (work) => {
    const attributes = await readAttributes(work.tx);
    const read = readValues(attributes, values);
    await updateUser(work, id, (user) => ({ custom: withValues(attributes, user.custom, read) }));
  });
}

test("[U17] [S8] people see attributes of the organization on their profile, edit those they may, and get them as a file", async () => {
  await defineAttributes();
  const { id, browser } = await visitor();
  await give(id, { grade: "G1", rating: "low", colours: ["Blue"], rooms: [1, 2] });
  const before = await browser.visit("/account/profile");
  expect(plain(before.html)).toContain("At your organization The desk Number on the desk");
  expect(before.html).toContain('value="G1"');
  expect(before.html).not.toMatch(/The rating|attributes\.rating|value="low"/);
  const typed = {
    "attributes.desk": " D-7 ",
    "attributes.remote": "true",
    "attributes.floor": "3",
    "attributes.size": "M",
    "attributes.colours.1": "Red",
    "attributes.colours.2": "Blue",
    "attributes.rooms": "12\r\n7\r\n",
    // What may not be edited, and what is not seen, stays whatever is posted.
    "attributes.grade": "G9",
    "attributes.rating": "high",
  };
  const saved = await submitProfile(browser, typed);
  expect(saved.url.search).toBe("?done=saved");
  const values = { desk: "D-7", remote: true, floor: 3, size: "M", colours: ["Red", "Blue"], rooms: [12, 7] };
  expect(await valuesOfUser(id)).toEqual({ ...values, grade: "G1", rating: "low" });
  const { version } = (await selectUser(house.db, id)) ?? {};
  // Boxes are sent as they stand.
  const boxes = { "attributes.colours.1": "Red", "attributes.colours.2": "Blue" };
  await submitProfile(browser, boxes);
  expect((await selectUser(house.db, id))?.version).toBe(version);
  const file = JSON.parse((await browser.visit("/account/data.json")).html);
  expect(file.account.organizationAttributes).toEqual({ ...values, grade: "G1" });
  expect(JSON.stringify(file)).not.toMatch(/rating|"low"/);

  const other = await visitor();
  const taken = await submitProfile(other.browser, { "attributes.desk": "d-7", "attributes.floor": "x" });
  expect(taken.status).toBe(422);
  expect(taken.html).toContain('id="attributes.floor-error"');
  const again = await submitProfile(other.browser, { "attributes.desk": "d-7", "attributes.floor": "" });
  expect(plain(again.html)).toContain("Another account has this value.");
  expect(again.html).toContain('value="d-7"');
  await submitProfile(browser, { "attributes.desk": "", "attributes.remote": "", ...boxes });
  expect(await valuesOfUser(id)).toEqual({ ...values, grade: "G1", rating: "low", desk: undefined, remote: undefined });
  await submitProfile(browser, {});
  expect(await valuesOfUser(id)).not.toHaveProperty("colours");
});

test("[U17] [P5] what a directory writes of its people they see and do not edit", async () => {
  const { directory } = await house.work(async (work) => await createDirectory(work, { name: "Owner of attributes" }));
  const { id, browser } = await visitor({ directoryId: directory.id });
  const page = await submitProfile(browser, { "attributes.size": "M", "attributes.floor": "5" });
  expect(page.url.search).toBe("?done=saved");
  expect(await valuesOfUser(id)).toEqual({ floor: 5 });
});
