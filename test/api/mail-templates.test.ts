import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import type { TemplatePart } from "#contract/mail-templates.ts";
import type { Actor } from "#server/db/work.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { sendTestMail } from "#server/mail/try-template.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { sendActivation } from "#server/tasks/send-link-mail.ts";
import { createUser } from "#server/users/create-user.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let all: string;

beforeAll(async () => {
  house = await serveHouse();
  all = await token(allPermissions);
});
afterAll(async () => await house.close());

const token = async (permissions: readonly Permission[]) =>
  (await house.work(async (work) => await createApiToken(work, { name: "token", permissions }))).token;

type Body = Record<string, unknown>;

async function call(method: string, path: string, body?: unknown, by = all) {
  const reply = await fetch(`${house.issuer}/api/v1/mail-templates${path}`, {
    method,
    headers: { authorization: `Bearer ${by}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Body };
}

type Sources = Record<TemplatePart, string>;

/** A template as it is, with some of it changed, ready to be sent back. */
async function changed(path: string, changes: Partial<Sources>): Promise<Sources & { version: number }> {
  const { subject, text, html, version } = (await call("GET", path)).body as unknown as Sources & { version: number };
  return { subject, text, html, version, ...changes };
}

async function makePending(username: string, displayName = username, locale = "en"): Promise<UserId> {
  const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
  return await house.work(async (work) => await createUser(work, { username, displayName, locale, resource }));
}

/** The mail that a user got last. */
async function lastMail(userId: UserId): Promise<{ subject: string; text: string; html: string }> {
  const row = await house.db.row<{ subject: string; sealed: Buffer }>(
    "select subject, sealed from mails where user_id = $1 order by id desc limit 1",
    [userId],
  );
  const content = openMail(house.keyring, row?.sealed);
  if (row === undefined || content === null) throw new Error("there is no mail");
  return { subject: row.subject, ...content };
}

const events = async (type: string) =>
  await house.db.rows<{ subject_id: string; changes: Body; reason: string | null }>(
    "select subject_id, changes, reason from events where type = $1 order by id",
    [type],
  );

test("[O5] a mail says what an administrator wrote, in each language its own; only the difference is kept", async () => {
  const before = await changed("/activation/en", {});
  const subject = "{{ organization }}: welcome aboard, {{ name }}";
  const saved = await call("PUT", "/activation/en", { ...before, subject });
  expect(saved).toMatchObject({ status: 200, body: { subject, edited: ["subject"], version: 1 } });
  expect((saved.body["defaults"] as Sources).subject).toBe(before.subject);
  const row = await house.db.row("select subject, text, html from mail_templates where name = 'activation'");
  expect(row).toEqual({ subject, text: null, html: null });

  const [english, japanese] = [await makePending("aboard", "O'Neill <b>"), await makePending("aboard-ja", "遥", "ja")];
  await sendActivation(house, english);
  await sendActivation(house, japanese);
  expect((await lastMail(english)).subject).toBe("Gatehouse: welcome aboard, O'Neill <b>");
  expect((await lastMail(japanese)).subject).toContain("アカウント");

  expect(await events("mailTemplate.updated")).toEqual([
    { subject_id: "activation.en", changes: { subject: { from: before.subject, to: subject } }, reason: null },
  ]);
  const reset = await call("DELETE", "/activation/en");
  expect(reset.body).toMatchObject({ subject: before.subject, edited: [], version: 0 });
  expect(await events("mailTemplate.reset")).toMatchObject([
    { changes: { subject: { from: subject, to: before.subject } } },
  ]);
});

test("[O5] what is like the default again is not kept, and lists say what is edited", async () => {
  await call("PUT", "/welcome/ja", await changed("/welcome/ja", { text: "{{ link }} です" }));
  const listed = (await call("GET", "")).body["items"] as { name: string; locales: Body[] }[];
  expect(listed.find((mail) => mail.name === "welcome")?.locales).toMatchObject([{ edited: [] }, { edited: ["text"] }]);
  const now = await call("GET", "/welcome/ja");
  const back = await changed("/welcome/ja", { text: (now.body["defaults"] as Sources).text });
  expect((await call("PUT", "/welcome/ja", back)).body).toMatchObject({ edited: [], version: 0 });
  expect(await house.db.rows("select 1 from mail_templates where name = 'welcome'")).toEqual([]);
});

describe("[O5] a template is refused with the place of what is wrong:", () => {
  const link = "{{ link }}";
  const anchor = '<a href="{{ link }}">x</a>';
  test.each<[string, Partial<Sources>, Body]>([
    [
      "an unknown variable",
      { text: `${link}\n  {{ nmae }}` },
      { part: "text", fault: "unknownVariable", line: 2, column: 6, what: "nmae" },
    ],
    ["a variable of another mail", { text: `${link} {{ code }}` }, { fault: "unknownVariable", what: "code" }],
    [
      "what a variable is made of",
      { text: `${link} {{ name.constructor }}` },
      { fault: "unknownVariable", what: "name.constructor" },
    ],
    [
      "an output that is not closed",
      { subject: "Hi {{ name" },
      { part: "subject", fault: "syntax", line: 1, column: 4 },
    ],
    [
      "a tag that is not closed",
      { text: `${link}\n{% if name %}` },
      { part: "text", fault: "syntax", line: 2, column: 1 },
    ],
    ["an unknown filter", { text: `${link}{{ name | shout }}` }, { fault: "unknownFilter", what: "shout" }],
    [
      "html that is not escaped",
      { html: `${anchor}{{ name | raw }}` },
      { part: "html", fault: "unknownFilter", what: "raw" },
    ],
    ["a loop", { text: `${link}{% for i in (1..9) %}x{% endfor %}` }, { fault: "loop", what: "for" }],
    ["a hidden loop", { html: `${anchor}{% render "foot" for (1..100000000) as x %}` }, { fault: "loop" }],
    ["a file", { html: `${anchor}{% render "../mail-data.ts" %}` }, { fault: "unknownFile", what: "../mail-data.ts" }],
    ["a file by a variable", { html: `${anchor}{% render name %}` }, { fault: "unknownFile" }],
    ["a file by inclusion", { html: `${anchor}{% include "/etc/passwd" %}` }, { fault: "unknownTag", what: "include" }],
    [
      "a script",
      { html: `${anchor}\n<script>alert(1)</script>` },
      { fault: "markup", line: 2, column: 1, what: "script" },
    ],
    [
      "a script in an attribute",
      { html: `${anchor}<img src="x" onerror="alert(1)">` },
      { fault: "markup", what: "onerror" },
    ],
    [
      "a script as an address",
      { html: `${anchor}<a href="javascript:alert(1)">x</a>` },
      { fault: "markup", what: "javascript" },
    ],
    ["too much work", { text: `${link}{% assign x = (1..100000000) %}` }, { fault: "costly" }],
    [
      "a text that doubles",
      { text: `${link}{% assign a = name %}${"{% assign a = a | append: a %}".repeat(40)}{{ a }}` },
      { fault: "costly" },
    ],
    ["no text", { text: "  " }, { part: "text", fault: "empty", line: null }],
    ["a text without the link", { text: "Hello {{ name }}" }, { part: "text", fault: "linkMissing" }],
    ["html without the link", { html: "<p>{{ name }}</p>" }, { part: "html", fault: "linkMissing" }],
    ["html that only writes the link", { html: "<p>{{ link }}</p>" }, { part: "html", fault: "linkMissing" }],
    ["a link that is altered", { html: '<a href="{{ link | upcase }}">x</a>' }, { part: "html", fault: "linkMissing" }],
    [
      "a link that no example reaches",
      { text: "{% if organization == 'x' %}{{ link }}{% endif %}" },
      { part: "text", fault: "linkMissing" },
    ],
  ])("%s", async (_, changes, problem) => {
    const body = await changed("/activation/en", changes);
    const { version: _version, ...sources } = body;
    const preview = await call("POST", "/activation/en/preview", sources);
    expect(preview.body).toMatchObject({ mail: null });
    expect((preview.body["problems"] as Body[])[0]).toMatchObject(problem);
    const saved = await call("PUT", "/activation/en", body);
    expect(saved).toMatchObject({ status: 400, body: { code: "mailTemplate.invalid" } });
    expect(saved.body["field"]).toBe((preview.body["problems"] as Body[])[0]?.["part"]);
  });

  test("a code that is missing", async () => {
    const { text } = await changed("/sign-in-code/en", {});
    const preview = await call("POST", "/sign-in-code/en/preview", { text: text.replace("{{ code }}", "") });
    expect(preview.body).toMatchObject({ problems: [{ part: "text", fault: "codeMissing" }] });
  });
});

test("[O5] a template that fails for somebody gives way to the default, and the log says so once", async () => {
  const text = "{% unless username == 'unlucky' %}{{ link }}{% endunless %}";
  await call("PUT", "/activation/en", await changed("/activation/en", { text }));
  const [lucky, unlucky] = [await makePending("lucky"), await makePending("unlucky")];
  await sendActivation(house, lucky);
  expect((await lastMail(lucky)).text).toMatch(/^http\S+\/activate\/\S+\n$/);
  await sendActivation(house, unlucky);
  await sendActivation(house, unlucky);
  expect((await lastMail(unlucky)).text).toContain("The link works once");
  expect(await events("mailTemplate.failed")).toMatchObject([
    { subject_id: "activation.en", reason: /lacks the link/ },
  ]);
  expect((await call("GET", "/activation/en")).body).toMatchObject({ failedReason: /lacks the link/ });
  await call("DELETE", "/activation/en");
});

test("[O5] what people are called stays text in the html of a mail", async () => {
  const html = '<p title="{{ name }}">{{ name }} {% assign again = name %}{{ again }}</p><a href="{{ link }}">x</a>';
  await call("PUT", "/activation/en", await changed("/activation/en", { html }));
  const id = await makePending("hostile", `"><img src=x onerror=alert(1)>{{ link }}`);
  await sendActivation(house, id);
  const mail = await lastMail(id);
  expect(mail.html).not.toContain("<img");
  expect(mail.html).toContain("{{ link }}");
  await call("DELETE", "/activation/en");
});

test("[O5] a preview keeps nothing, and shows the example in the language of the mail", async () => {
  const seen = await call("POST", "/password-reset/ja/preview", { subject: "{{ name }} 様" });
  expect(seen.body).toMatchObject({ problems: [], mail: { subject: "田辺 遥 様" } });
  expect((seen.body["mail"] as Sources).html).toContain('lang="ja"');
  expect((await call("GET", "/password-reset/ja")).body).toMatchObject({ edited: [], version: 0 });
});

test("[O5] a test mail goes to whoever asks for it, to nobody else, and its links lead nowhere", async () => {
  const { id, username } = await house.makeUser();
  const me: Actor = { kind: "user", id, name: "Me", can: () => true };
  const sent = await house.as(me, async (work) => await sendTestMail(work, house, "activation", "ja", {}));
  expect(sent.recipient).toBe(`${username}@example.com`);
  expect((await lastMail(id)).text).toContain(`${house.issuer}/activate/example`);
  expect(await call("POST", "/activation/ja/test", {})).toMatchObject({ body: { code: "user.emailMissing" } });
  expect((await call("POST", "/activation/ja/test", { text: "{{ x }}" })).status).toBe(400);
});

test("[O5] [G2] a mail that signs in is edited only by who holds every permission; others by who manages settings", async () => {
  const narrow = await token(["settings", "accounts"]);
  for (const name of ["activation", "password-reset", "password-expired", "sign-in-confirm", "sign-in-code"]) {
    const body = await changed(`/${name}/en`, { subject: "Mine" });
    expect(await call("PUT", `/${name}/en`, body, narrow), name).toMatchObject({ body: { code: "access.escalation" } });
    expect((await call("DELETE", `/${name}/en`, undefined, narrow)).status).toBe(403);
    expect((await call("GET", `/${name}/en`, undefined, narrow)).body).toMatchObject({ mayEdit: false });
  }
  const body = await changed("/sign-in-new/en", { subject: "Somebody came in" });
  expect((await call("PUT", "/sign-in-new/en", body, narrow)).status).toBe(200);
  const none = await token(["accounts", "logs"]);
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/test/en"],
    ["PUT", "/test/en"],
    ["DELETE", "/test/en"],
    ["POST", "/test/en/preview"],
    ["POST", "/test/en/test"],
  ] as const) {
    expect((await call(method, path, method === "GET" || method === "DELETE" ? undefined : {}, none)).status).toBe(403);
  }
});

test("[O5] [C2] of two edits of one template the later is told that it is late", async () => {
  const body = await changed("/factor-changed/en", {});
  const replies = await Promise.all(
    ["One", "Two"].map(async (subject) => await call("PUT", "/factor-changed/en", { ...body, subject })),
  );
  expect(replies.map((reply) => reply.status).sort()).toEqual([200, 412]);
  const late = await call("PUT", "/factor-changed/en", { ...body, subject: "Three" });
  expect(late.body).toMatchObject({ code: "request.stale" });
  expect(await events("mailTemplate.updated")).toEqual(
    expect.arrayContaining([expect.objectContaining({ subject_id: "factor-changed.en" })]),
  );
});
