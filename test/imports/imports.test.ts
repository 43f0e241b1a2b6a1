import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { openImportDesk } from "./support/desk.ts";
import type { Body, ImportDesk } from "./support/desk.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: ImportDesk;
beforeAll(async () => {
  desk = await openImportDesk();
  await desk.house.work(async (work) => {
    const string = { type: "string" as const };
    await createAttribute(work, {
      name: "costCode",
      labels: { en: "Cost code", ja: "原価コード" },
      ...string,
      isUnique: true,
    });
    await createAttribute(work, { name: "remote", labels: { en: "Works remotely", ja: null }, type: "boolean" });
    await createAttribute(work, { name: "since", labels: { en: "Since", ja: null }, type: "dateTime" });
    for (const displayName of ["Sales", "Night; shift"]) await createGroup(work, { displayName });
  });
});
afterAll(async () => await desk.close());

let count = 0;
/** A username that no other test has. */
let base: string;
beforeEach(() => {
  count += 1;
  base = `t${count}`;
});

async function person(username: string): Promise<Body> {
  const { body } = await desk.call("GET", `/users?q=${username}`);
  const row = (body.items as Body[]).find((one) => one.username === username);
  return row === undefined ? undefined : (await desk.call("GET", `/users/${row.id}`)).body;
}

async function events(importId: string): Promise<Body[]> {
  return await desk.house.db.rows(
    "select type, subject_name, details from events where details ->> 'importId' = $1 order by id",
    [importId],
  );
}

test("[B1] a file adds, updates and deletes accounts, after a preview that changes nothing", async () => {
  const { house } = desk;
  const kept = await house.makeUser({ username: `${base}.kept` });
  const gone = await house.makeUser({ username: `${base}.gone` });
  const file = [
    "Action,Username,Display name,First name,Last name,Email,Other emails,Phone,Job title,Department,Status,Role,Device limit,Second factor,Single sign-on,Groups,Cost code,Works remotely,Since,Note",
    `add,${base}.new,,Ada,Example,${base}@example.com,"home: ${base}.home@example.com\nold@example.com",+81 3 1234 5678,Engineer,Research,disabled,regular,3,required,no,"Sales\nNight; shift",${base},yes,1767225600,ignored`,
    `update,${base}.kept,Kept Person,,,,,'+81 90 1234 5678,(clear),,blocked,,,,,sales,,,,`,
    `delete,${base}.gone,,,,${base}.gone@example.com,,,,,,,,,,,,,,`,
  ].join("\r\n");
  const checked = await desk.check(file);
  expect(checked.columns.map((column: Body) => column.column)).toEqual([
    ..."action,username,displayName,givenName,familyName,email,otherEmails,phone,title,department,status,role,deviceLimit,factorRule,allowsSso,groups".split(
      ",",
    ),
    "attributes.costCode",
    "attributes.remote",
    "attributes.since",
    null,
  ]);
  expect(checked).toMatchObject({
    state: "ready",
    format: "csv",
    encoding: "utf-8",
    delimiter: "comma",
    counts: { rows: 3, add: 1, update: 1, delete: 1, unchanged: 0, problem: 0 },
  });
  const [, update] = await desk.rows(checked.id as string);
  expect(update).toMatchObject({
    number: 3,
    action: "update",
    state: "planned",
    userId: kept.id,
    changes: [
      { column: "displayName", from: expect.stringMatching(/^User/) as string, to: "Kept Person" },
      { column: "phone", from: "", to: "+81 90 1234 5678" },
      { column: "status", from: "active", to: "blocked" },
      { column: "groups", from: "", to: "Sales" },
    ],
  });
  expect(await person(`${base}.new`)).toBeUndefined();

  await desk.act(checked.id as string, "confirm");
  const done = await desk.until(checked.id as string, "done");
  expect(done.counts).toMatchObject({ done: 3, failed: 0 });
  expect(await person(`${base}.new`)).toMatchObject({
    displayName: "Ada Example",
    givenName: "Ada",
    email: `${base}@example.com`,
    emails: [
      { value: `${base}@example.com`, type: "work", primary: true },
      { value: `${base}.home@example.com`, type: "home" },
      { value: "old@example.com" },
    ],
    phoneNumbers: [{ value: "+81 3 1234 5678", primary: true }],
    title: "Engineer",
    department: "Research",
    status: "disabled",
    deviceLimit: 3,
    factorRule: "require",
    allowsSso: false,
    groups: [{ name: "Night; shift" }, { name: "Sales" }],
    attributes: { costCode: base, remote: true, since: "2026-01-01T00:00:00.000Z" },
  });
  expect(await person(`${base}.kept`)).toMatchObject({
    displayName: "Kept Person",
    status: "blocked",
    groups: [{ name: "Sales" }],
  });
  expect((await desk.call("GET", `/users/${gone.id}`)).status).toBe(404);
  const told = await events(checked.id as string);
  for (const type of ["user.created", "user.updated", "user.blocked", "user.deleted", "group.membersAdded"]) {
    expect(told.find((event) => event.type === type)?.details, type).toMatchObject({ import: "staff.csv" });
  }
});

test("[B1] the same file again changes nothing, and neither does one with its rows in another order", async () => {
  const lines = [`add,${base}.one,One,${base}.one@example.com,yes`, `add,${base}.two,Two,${base}.two@example.com,no`];
  const head = "action,username,display name,email,marketing consent";
  await desk.run([head, ...lines].join("\n"));
  const before = await desk.house.db.rows("select id, version from users order by id");
  for (const rows of [lines, lines.toReversed()]) {
    const again = await desk.check([head, ...rows].join("\n"));
    expect(again.counts).toMatchObject({ add: 0, update: 0, unchanged: 2, problem: 0 });
    const refused = await desk.act(again.id as string, "confirm");
    expect(refused.body.code).toBe("import.nothingToDo");
  }
  expect(await desk.house.db.rows("select id, version from users order by id")).toEqual(before);
});

test("[B2] every problem is told by row and column, and only the other rows are carried out", async () => {
  const { house } = desk;
  await house.makeUser({ username: `${base}.a` });
  await house.makeUser({ username: `${base}.b` });
  const { directoryId, owned } = await house.work(async (work) => {
    const { directory } = await createDirectory(work, { name: `Directory ${base}` });
    return { directoryId: directory.id, owned: `${base}.owned` };
  });
  await house.makeUser({ username: owned, directoryId });
  const lines = [
    "Action,User ID,Username,Display name,Email,Phone,Status,Role,Groups,Device limit,Single sign-on,Time zone,Cost code,Manager",
    `burn,,${base}.x,,,,,,,,,,,`,
    `add,,bad name,X,x@example.com,,,,,,,,,`,
    `add,,${base}.noname,,x@example.com,,,,,,,,,`,
    `add,,${base}.nomail,X,,,,,,,,,,`,
    `add,,${base}.ok,OK,ok@example,,,,,,,,${base}-1,`,
    `add,,${base}.OK,Twice,ok@example.com,,,,,,,,,`,
    `add,,${base}.dup,Value twice,d@example.com,,,,,,,,${base}-1,`,
    `add,,${base}.a,Taken,a@example.com,,,,,,,,,`,
    `update,,${base}.nobody,X,,,,,,,,,,`,
    `update,0192f0c1-2345-7000-8000-0123456789ab,,X,,,,,,,,,,`,
    `update,,${base}.b,,not an email,12345678901234567890123456789012345678901234567890,sleeping,emperor,Nowhere,-1,perhaps,Mars/Base,,nobody.at.all`,
    `update,,${owned},New name,,,,,,,,,,`,
    `update,,${owned},,,,,,,7,,,,`,
    `delete,,${base}.a,,${base}.b@example.com,,,,,,,,,`,
    `delete,,${base}.a,,,,,,,,,,,`,
    `update,,${base}.a,A renamed,,,,,,,,,,`,
    `update,,${base}.a,A renamed again,,,,,,,,,,`,
    `update,,${base}.b,=1+1,,,,,,,,,,`,
    `delete,,${base}.never,,never.${base}@example.com,,,,,,,,,`,
  ];
  const checked = await desk.check(lines.join("\n"));
  expect(await desk.problems(checked.id as string)).toEqual([
    "2 action: Write add, update or delete.",
    "3 username: A username may have letters, digits and @ ! # $ % & * + - / = ? ^ _ { | } ~ . and the backtick.",
    "4 displayName: A display name is needed.",
    "5 email: Give a password, or an email address to invite to.",
    "7 username: Row 6 gives this username already.",
    "8 attributes.costCode: Row 6 gives this value already, which only one account may have.",
    "9 username: There is an account with this username already. To change it, write update.",
    "10 username: No account has this user ID, username or email.",
    "11 id: No account has this user ID, username or email.",
    "12 email: This is not an email address.",
    "12 phone: This is not a phone number.",
    "12 status: Write one of these: pending, active, blocked, disabled.",
    "12 role: There is no such role.",
    "12 groups: There is no group named Nowhere.",
    "12 deviceLimit: A whole number from 0 to 1000 is needed.",
    "12 allowsSso: Write one of these: yes, no.",
    "12 timeZone: This is not a time zone such as Asia/Tokyo.",
    "12 manager: No account has this username, and no row above adds it.",
    `13 displayName: The directory Directory ${base} keeps this. Change it there.`,
    "15 username: Username and email are not of one account.",
    "16 email: To delete an account, give both its username and its email.",
    "18 row: Row 17 is about this account already.",
    "19 displayName: This is a formula. Paste its value; a text that begins with = needs an apostrophe before it.",
  ]);
  expect(checked.counts).toMatchObject({ add: 1, update: 2, delete: 0, unchanged: 1, problem: 15 });
  await desk.act(checked.id as string, "confirm");
  const done = await desk.until(checked.id as string, "done");
  expect(done.counts).toMatchObject({ done: 3, failed: 0 });
  expect(await person(owned)).toMatchObject({ deviceLimit: 7, displayName: expect.stringMatching(/^User/) as string });
  const result = await desk.call("GET", `/imports/${checked.id}/result`);
  const said = (result.body as string).replace(/^\uFEFF/, "").split("\r\n");
  expect(said[0]).toMatch(/^Row,Action,.*,Result,Problems$/);
  expect(said[1]).toBe(`2,burn,,${base}.x,,,,,,,,,,,,refused when checked,"Action: Write add, update or delete."`);
  expect(said[5]).toMatch(/,added,$/);
  const japanese = await desk.call("GET", `/imports/${checked.id}/result?language=ja&kind=problem`);
  expect(japanese.body).toContain("操作: 「追加」「更新」「削除」のどれかを入力してください。");
});

test("[B1] accounts are found by id, username or email, and a name that a row gives free can be taken below", async () => {
  const { house } = desk;
  const one = await house.makeUser({ username: `${base}.one` });
  await house.makeUser({ username: `${base}.two` });
  await house.makeUser({ username: `${base}.three` });
  await house.makeUser({ username: `${base}.boss` });
  const done = await desk.run(
    [
      "操作;ユーザーID;ユーザー名;表示名;メールアドレス;上司",
      `更新;${one.id};${base}.uno;;;${base}.boss`,
      `delete;;${base}.three;;${base}.three@example.com;`,
      `;;;Two by email;${base}.two@example.com;`,
      `追加;;${base}.one;Again one;${base}.again@example.com;${base}.chief`,
      `追加;;${base}.three;Again three;${base}.again3@example.com;`,
    ]
      .join("\n")
      // The one who is named stands above.
      .replace("\n更新;", `\n追加;;${base}.chief;Chief;${base}.chief@example.com;\n更新;`),
  );
  expect(done).toMatchObject({ delimiter: "semicolon", counts: { done: 6, failed: 0 } });
  expect(await person(`${base}.uno`)).toMatchObject({ id: one.id, manager: { name: expect.anything() as string } });
  expect(await person(`${base}.two`)).toMatchObject({ displayName: "Two by email" });
  expect(await person(`${base}.one`)).toMatchObject({ displayName: "Again one", manager: { name: "Chief" } });
  expect(await person(`${base}.three`)).toMatchObject({ displayName: "Again three" });
});

test("[B1] an empty cell leaves the value or takes it away, as was said for the import", async () => {
  await desk.house.makeUser({ username: `${base}.p`, givenName: "Given", familyName: "Family" });
  const file = `username,first name,last name,display name\n${base}.p,,(clear),\n`;
  const uploaded = await desk.upload(file);
  const id = uploaded.body.id as string;
  await desk.act(id, "check");
  await desk.until(id, "ready");
  expect((await desk.rows(id))[0].changes).toEqual([{ column: "familyName", from: "Family", to: "" }]);
  const changed = await desk.call("PATCH", `/imports/${id}`, { blankCells: "clear" });
  expect(changed.body.state).toBe("matching");
  await desk.act(id, "check");
  await desk.until(id, "ready");
  expect((await desk.rows(id))[0].changes).toEqual([
    { column: "givenName", from: "Given", to: "" },
    { column: "familyName", from: "Family", to: "" },
  ]);
});

test("[B1] columns are matched by hand where their headers do not say, each once", async () => {
  const uploaded = await desk.upload(`A,B,C\n${base}.m,Matched,${base}.m@example.com\n`);
  const id = uploaded.body.id as string;
  expect(uploaded.body.columns).toMatchObject([{ header: "A", column: null, samples: [`${base}.m`] }, {}, {}]);
  expect((await desk.act(id, "check")).body.code).toBe("import.keyMissing");
  const twice = await desk.call("PATCH", `/imports/${id}`, { columns: ["username", "username", null] });
  expect(twice.body).toMatchObject({ code: "import.columnTwice", field: "columns.1" });
  const unknown = await desk.call("PATCH", `/imports/${id}`, { columns: ["username", "createdAt", null] });
  expect(unknown.body).toMatchObject({ code: "import.columnUnknown" });
  await desk.call("PATCH", `/imports/${id}`, { columns: ["username", "displayName", "email"] });
  await desk.act(id, "check");
  expect(await desk.until(id, "ready")).toMatchObject({ counts: { add: 1 } });
});

test("[B1] new accounts get a temporary password, a known hash or the activation mail; no password is kept or shown", async () => {
  const { house } = desk;
  const hash = "$2b$10$abcdefghijklmnopqrstuuzqIo0PnTYUrGpBjJ7zgPvpuqsMP9Iau";
  const secret = "marble-otter-violin-77";
  const file = [
    "username,display name,email,temporary password,password hash",
    `${base}.pw,With password,,${secret},`,
    `${base}.hash,With hash,,,${hash}`,
    `${base}.mail,With mail,${base}.mail@example.com,,`,
    `${base}.weak,Weak,,12345678,`,
  ].join("\n");
  const checked = await desk.check(file);
  expect(await desk.problems(checked.id as string)).toEqual([
    expect.stringMatching(/^5 temporaryPassword: /) as string,
  ]);
  const stored = await house.db.rows("select cells, changes from import_rows where import_id = $1", [checked.id]);
  expect(JSON.stringify([checked, stored])).not.toContain(secret);
  await desk.act(checked.id as string, "confirm", { sendActivation: true });
  expect(await desk.until(checked.id as string, "done")).toMatchObject({ counts: { done: 3, failed: 0 } });
  expect(await person(`${base}.pw`)).toMatchObject({ hasPassword: true, passwordIsTemporary: true });
  expect(await person(`${base}.hash`)).toMatchObject({ hasPassword: true, isOnboarded: true });
  await vi.waitFor(async () => {
    const mails = await house.db.rows("select from mails where template = 'activation' and recipient = $1", [
      `${base}.mail@example.com`,
    ]);
    expect(mails).toHaveLength(1);
  });
  expect((await desk.call("GET", `/imports/${checked.id}/result`)).body).not.toContain(secret);
});

test("[G2] an import does nothing that its person could not do", async () => {
  const { house } = desk;
  const admin = await house.makeUser({ username: `${base}.admin`, roleId: adminRole });
  const accounts = await desk.token("accounts");
  expect((await desk.upload("username\nx\n", "x.csv", await desk.token("groups"))).status).toBe(403);
  const file = [
    "action,username,display name,email,role,groups",
    `update,${base}.admin,Renamed,,,`,
    `delete,${base}.admin,,${base}.admin@example.com,,`,
    `add,${base}.new,New,${base}@example.com,admin,`,
    `add,${base}.sales,New,${base}@example.com,,Sales`,
  ].join("\n");
  const checked = await desk.check(file, "staff.csv", accounts);
  expect(await desk.problems(checked.id as string)).toEqual([
    "2 row: You do not have the permission for this.",
    "3 row: You do not have the permission for this.",
    "4 role: You can only grant permissions that you hold yourself.",
    "5 groups: Changing groups needs the permission to manage groups.",
  ]);
  // The last administrator stays, whoever asks.
  const last = await desk.check(
    `action,username,email,status,role\ndelete,${base}.admin,${base}.admin@example.com,,\nupdate,${base}.admin,,disabled,\nupdate,${base}.admin,,,regular\n`,
    "staff.csv",
    await desk.token(...allPermissions),
  );
  expect(await desk.problems(last.id as string)).toEqual([
    "2 row: This is the last administrator. Make another account an administrator first.",
    "3 status: This is the last administrator. Make another account an administrator first.",
    "4 role: This is the last administrator. Make another account an administrator first.",
  ]);
  expect(admin.id).toBeTruthy();
});

test("[G2] carrying out stops when whoever confirmed may not manage accounts any more, and goes on by another's word", async () => {
  const passing = await desk.token("accounts");
  const checked = await desk.check(`username,display name,email\n${base}.x,X,x@example.com\n`);
  await desk.house.db.run("delete from graphile_worker._private_jobs");
  const id = checked.id as string;
  const { house } = desk;
  // Between the word and the deed, the token is revoked.
  await house.db.run(
    "create or replace function hold_import() returns trigger language plpgsql as $$ begin delete from api_tokens where name = 'token accounts'; return new; end $$",
  );
  await house.db.run(
    "create trigger hold_import after update on imports for each row when (new.state = 'applying') execute function hold_import()",
  );
  await desk.act(id, "confirm", {}, passing);
  const stopped = await desk.until(id, "paused");
  await house.db.run("drop trigger hold_import on imports");
  expect(stopped).toMatchObject({ failure: { code: "import.actorGone" }, counts: { done: 0 } });
  await desk.act(id, "resume");
  expect(await desk.until(id, "done")).toMatchObject({ counts: { done: 1 }, failure: null });
});

test("[U4] the seats of the organization are counted while the file is checked", async () => {
  const { house } = desk;
  const [{ count: used }] = (await house.db.rows(
    "select count(*)::int as count from users where deleted_at is null",
  )) as [Body];
  await house.makeUser({ username: `${base}.old` });
  await house.work(async (work) => await setSetting(work, "users.seatLimit", Number(used) + 2));
  const file = [
    "action,username,display name,email",
    `add,${base}.1,One,${base}.1@example.com`,
    `add,${base}.2,Two,${base}.2@example.com`,
    `delete,${base}.old,,${base}.old@example.com`,
    `add,${base}.3,Three,${base}.3@example.com`,
  ].join("\n");
  const done = await desk.run(file);
  expect(await desk.problems(done.id as string)).toEqual([
    `3 row: All ${Number(used) + 2} seats of the organization are taken. Delete accounts or raise the seat limit.`,
  ]);
  expect(done.counts).toMatchObject({ done: 3, failed: 0, problem: 1 });
  await house.work(async (work) => await setSetting(work, "users.seatLimit", 0));
});

test("[B2] an account that changed after the check is left alone, and the others are done", async () => {
  const { house } = desk;
  const touched = await house.makeUser({ username: `${base}.touched` });
  await house.makeUser({ username: `${base}.fine` });
  const checked = await desk.check(
    `username,display name,first name\n${base}.touched,New name,Same\n${base}.fine,Fine name,\n${base}.late,Late,\n`
      .replace("first name", "first name,email")
      .replaceAll(/^(t.*)$/gm, (line) => (line.includes(".late") ? `${line},late@example.com` : `${line},`)),
  );
  expect(checked.counts).toMatchObject({ add: 1, update: 2, problem: 0 });
  await desk.call("PATCH", `/users/${touched.id}`, { username: `${base}.elsewhere` });
  await house.makeUser({ username: `${base}.late` });
  await desk.act(checked.id as string, "confirm");
  expect(await desk.until(checked.id as string, "done")).toMatchObject({ counts: { done: 1, failed: 2 } });
  expect(await person(`${base}.fine`)).toMatchObject({ displayName: "Fine name" });
  expect((await desk.rows(checked.id as string, "failed")).map((row) => row.problems[0].code)).toEqual([
    "import.changedSince",
    "import.changedSince",
  ]);
});

test("[B2] an import is paused, goes on, and is cancelled for good; steps out of turn are refused", async () => {
  const rows = Array.from({ length: 30 }, (_, at) => `${base}.${at},Person ${at},p${at}@example.com`);
  const checked = await desk.check(["username,display name,email", ...rows].join("\n"));
  const id = checked.id as string;
  expect((await desk.act(id, "pause")).body.code).toBe("import.wrongState");
  const [first, second] = await Promise.all([desk.act(id, "confirm"), desk.act(id, "confirm")]);
  expect([first.status, second.status].toSorted()).toEqual([200, 409]);
  await desk.until(id, "done");
  expect((await desk.act(id, "cancel")).body.code).toBe("import.wrongState");
  const other = await desk.check(`username,display name,email\n${base}.other,Other,o@example.com\n`);
  await desk.act(other.id as string, "cancel");
  expect((await desk.act(other.id as string, "confirm")).body.code).toBe("import.wrongState");
  for (const over of [id, other.id]) {
    expect(await desk.house.db.rows("select from import_chunks where import_id = $1", [over])).toEqual([]);
  }
});

test("[B2] an import is taken back where nothing else touched what it did", async () => {
  const { house } = desk;
  const kept = await house.makeUser({ username: `${base}.kept`, givenName: "Before" });
  const touched = await house.makeUser({ username: `${base}.touched` });
  const gone = await house.makeUser({ username: `${base}.gone` });
  const done = await desk.run(
    [
      "action,username,first name,display name,email,groups,status",
      `add,${base}.new,,New,${base}@example.com,Sales,`,
      `update,${base}.kept,After,Renamed,${base}.other@example.com,Sales,blocked`,
      `update,${base}.touched,After,,,,`,
      `delete,${base}.gone,,,${base}.gone@example.com,,`,
    ].join("\n"),
  );
  const id = done.id as string;
  expect(done.canUndo).toBe(true);
  await desk.call("PATCH", `/users/${touched.id}`, { familyName: "Touched" });
  await desk.act(id, "undo");
  expect(await desk.until(id, "undone")).toMatchObject({ counts: { undone: 2, kept: 2 }, canUndo: false });
  expect(await person(`${base}.new`)).toBeUndefined();
  expect(await person(`${base}.kept`)).toMatchObject({
    id: kept.id,
    givenName: "Before",
    email: `${base}.kept@example.com`,
    status: "active",
    groups: [],
  });
  expect(await person(`${base}.touched`)).toMatchObject({ givenName: "After", familyName: "Touched" });
  expect((await desk.call("GET", `/users/${gone.id}`)).status).toBe(404);
});

test("[B2] whoever confirmed reads in a mail how it went", async () => {
  const { house } = desk;
  const admin = await house.makeUser({ username: `${base}.admin`, roleId: adminRole });
  const checked = await desk.check(`username,display name,email\n${base}.n,N,n@example.com\n`);
  await house.db.run(
    "update imports set confirmed_by_kind = 'user', confirmed_by_id = $2, confirmed_by_name = 'Admin', state = 'applying' where id = $1",
    [checked.id, admin.id],
  );
  const { applyRows } = await import("#server/imports/apply-rows.ts");
  await applyRows(house, checked.id as never);
  await vi.waitFor(async () => {
    const [mail] = await house.db.rows<Body>("select subject, template from mails where user_id = $1", [admin.id]);
    expect(mail).toEqual({ template: "import-finished", subject: "Gatehouse: the import of staff.csv is finished" });
  });
});

test("[B1] the sample file has the organization's attributes and is read without a word", async () => {
  for (const [language, format] of [
    ["en", "csv"],
    ["ja", "csv"],
    ["ja", "xlsx"],
  ]) {
    const reply = await fetch(`${desk.house.issuer}/api/v1/imports/sample?language=${language}&format=${format}`, {
      headers: { authorization: `Bearer ${await desk.token("accounts")}` },
    });
    const checked = await desk.check(Buffer.from(await reply.arrayBuffer()), `sample.${format}`);
    expect(checked.format).toBe(format);
    expect(checked.columns.every((column: Body) => column.column !== null)).toBe(true);
    expect(checked.columns.map((column: Body) => column.column)).toContain("attributes.costCode");
    expect((await desk.rows(checked.id as string)).map((row) => row.action)).toEqual(["add", "update", "delete"]);
    expect(await desk.problems(checked.id as string)).toEqual([
      "3 username: No account has this user ID, username or email.",
    ]);
  }
});
