import { parse } from "csv-parse/sync";
import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { unguardCell } from "#contract/account-columns.ts";
import type { Permission } from "#contract/permissions.ts";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { changeGroup } from "#server/groups/change-group.ts";
import { fillWish } from "#server/exports/read-wish.ts";
import { writeExport } from "#server/exports/write-export.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { cleanExports } from "#server/tasks/make-export.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { updateUser } from "#server/users/update-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { signInAt } from "#test/oidc/support/relying-party.ts";
import { openExportDesk, readBook } from "./support/exporting.ts";
import type { ExportDesk } from "./support/exporting.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: ExportDesk;
const ids: Record<string, string> = {};

beforeAll(async () => {
  desk = await openExportDesk();
  await desk.work();
  const { house } = desk;
  await house.work(
    async (work) =>
      await createAttribute(work, { name: "costCode", type: "string", labels: { en: "Cost code", ja: "原価コード" } }),
  );
  const ada = await house.makeUser({
    username: "ada",
    displayName: '=HYPERLINK("https://203.0.113.9","Ada")',
    givenName: 'Ada, the "first"',
    marketingConsent: true,
    resource: {
      emails: [
        { value: "ada@example.com", type: "work", primary: true },
        { value: "ada@home.example", type: "home" },
      ],
      phoneNumbers: [{ value: "+81 3 5550 0001", type: "work" }],
      title: "Line one\nline two",
    },
    custom: { "1": "A-113" },
  });
  const haruka = await house.makeUser({ username: "haruka", displayName: "田辺 遥 é" });
  const gone = await house.makeUser({ username: "blocked-one", displayName: "Blocked" });
  await house.work(async (work) => await changeStatus(work, gone.id, "block"));
  const group = await house.work(async (work) => await createGroup(work, { displayName: "Sales, Osaka" }));
  await house.work(async (work) => await changeGroup(work, group, [{ kind: "addMembers", ids: [ada.id, haruka.id] }]));
  Object.assign(ids, { ada: ada.id, haruka: haruka.id, gone: gone.id, group });
  await signInAt(openBrowser(house.issuer), new URL(`${house.issuer}/account/`), "ada");
});
afterAll(async () => await desk.close());

describe("what is in a file", () => {
  test("[B3] [B4] accounts as CSV: every cell comes back, and none is run", async () => {
    const { house } = desk;
    const [ada] = await desk.csv({ data: "accounts", users: { q: "ada" } });
    expect(ada).toMatchObject({
      Action: "update",
      "User ID": ids["ada"],
      Username: "ada",
      "First name": 'Ada, the "first"',
      Email: "ada@example.com",
      "Other emails": "home: ada@home.example",
      "Job title": "Line one\nline two",
      Groups: "Sales, Osaka",
      Status: "active",
      "Marketing consent": "yes",
      "Cost code": "A-113",
      Role: "regular",
    });
    expect(ada?.["Display name"]).toBe(`'=HYPERLINK("https://203.0.113.9","Ada")`);
    expect(unguardCell(ada?.["Display name"] ?? "")).toBe('=HYPERLINK("https://203.0.113.9","Ada")');
    expect(ada?.["Phone"]).toBe("'+81 3 5550 0001");
    expect(ada?.["Created"]).toBe(house.clock.now.toISOString().replace(".000", ""));
  });

  test("[B3] users by filter, ticked, by time, with consent, active only", async () => {
    const names = async (users: object) =>
      (await desk.csv({ data: "accounts", columns: ["username"], users })).map((row) => row["Username"]).sort();
    expect(await names({ status: "blocked" })).toEqual(["blocked-one"]);
    expect(await names({ ids: [ids["haruka"], ids["gone"]] })).toEqual(["blocked-one", "haruka"]);
    expect(await names({ ids: [ids["haruka"], ids["gone"]], activeOnly: true })).toEqual(["haruka"]);
    expect(await names({ consentOnly: true })).toEqual(["ada"]);
    expect(await names({ attribute: "costCode:a-113" })).toEqual(["ada"]);
    expect(await names({ group: ids["group"], createdAfter: "2000-01-01T00:00:00Z" })).toEqual(["ada", "haruka"]);
    expect(await names({ createdBefore: "2000-01-01T00:00:00Z" })).toEqual([]);
  });

  test("[B3] columns in the order that is asked for, in Japanese, with times as seconds", async () => {
    const rows = await desk.csv({
      data: "accounts",
      columns: ["createdAt", "username", "marketingConsent", "attributes.costCode"],
      users: { ids: [ids["ada"]] },
      language: "ja",
      times: "unix",
    });
    expect(rows).toEqual([
      {
        作成日時: String(Math.floor(desk.house.clock.now.getTime() / 1000)),
        ユーザー名: "ada",
        マーケティングへの同意: "はい",
        原価コード: "A-113",
      },
    ]);
    expect(Object.keys(rows[0] ?? {})[0]).toBe("作成日時");
  });

  test("[B3] settings and permissions, groups, devices, sessions", async () => {
    const [settings] = await desk.csv({ data: "settings", users: { ids: [ids["ada"]] } });
    expect(settings).toMatchObject({
      Username: "ada",
      Role: "regular",
      "Single sign-on": "yes",
      "Has password": "yes",
    });
    const groups = await desk.csv({ data: "groups" });
    expect(groups.map((row) => [row["Group"], row["Member is a"], row["Username"]]).sort()).toEqual([
      ["Sales, Osaka", "user", "ada"],
      ["Sales, Osaka", "user", "haruka"],
    ]);
    expect(await desk.csv({ data: "devices" })).toMatchObject([{ Username: "ada", Phone: "no", Address: "127.0.0.1" }]);
    expect(await desk.csv({ data: "sessions", users: { q: "ada" } })).toMatchObject([{ "User ID": ids["ada"] }]);
  });

  test("[L3] the log, narrowed as the log is", async () => {
    desk.house.clock.now = new Date(desk.house.clock.now.getTime() + 1000);
    const rows = await desk.csv({ data: "log", events: { type: "signin.succeeded" } });
    expect(rows).toMatchObject([{ Event: "signin.succeeded", Outcome: "success", "By: ID": ids["ada"] }]);
    const all = await desk.csv({ data: "log" });
    expect(all.length).toBeGreaterThan(5);
    expect(all.map((row) => row["Event ID"])).toEqual(all.map((row) => row["Event ID"]).toSorted());
  });

  test("[B4] a character that Shift_JIS lacks is shown, counted, and told", async () => {
    const { id, replaced } = await desk.make({
      data: "accounts",
      columns: ["displayName"],
      encoding: "shift_jis",
      users: { ids: [ids["haruka"]] },
    });
    expect(iconv.decode(await desk.file(id), "shift_jis")).toBe("Display name\r\n田辺 遥 〓\r\n");
    expect(replaced).toBe(1);
  });

  test("[B3] [B4] the same as a workbook, with texts as texts and moments as dates", async () => {
    const { id } = await desk.make({
      data: "accounts",
      format: "xlsx",
      columns: ["displayName", "phone", "signInCount", "createdAt"],
      users: { ids: [ids["ada"]] },
      timeZone: "Asia/Tokyo",
    });
    const reply = await desk.call("GET", `/exports/${id}/file`);
    expect(reply.headers.get("content-type")).toContain("spreadsheetml.sheet");
    expect(reply.headers.get("content-disposition")).toMatch(/^attachment; filename="accounts-[\d-]+\.xlsx"$/);
    const sheet = await readBook(reply.bytes);
    expect(sheet.getCell("A2").value).toBe('=HYPERLINK("https://203.0.113.9","Ada")');
    expect(sheet.getCell("A2").formula).toBeUndefined();
    expect(sheet.getCell("B2").value).toBe("+81 3 5550 0001");
    expect(sheet.getCell("C2").value).toBe(1);
    const user = await desk.house.db.row<{ at: Date }>("select created_at as at from users where id = $1", [
      ids["ada"],
    ]);
    expect(sheet.getCell("D2").value).toEqual(new Date((user?.at.getTime() ?? 0) + 9 * 3_600_000));
  });

  test("[B3] it shows one moment: what changes while it is made is not in it", async () => {
    const { house } = desk;
    const wish = await fillWish(house.db, { data: "accounts", columns: ["username"] });
    const pieces: Buffer[] = [];
    let isChanged = false;
    await writeExport(
      house.db,
      wish,
      { now: house.now(), showsAddresses: true },
      async (bytes) => void pieces.push(bytes),
      async () => {
        if (isChanged) return;
        isChanged = true;
        await house.makeUser({ username: "came-late" });
        await house.work(async (work) => await updateUser(work, ids["gone"] as never, { username: "renamed" }));
      },
    );
    const names = parse<Record<string, string>>(Buffer.concat(pieces), { columns: true }).map((row) => row["Username"]);
    expect(names).toContain("blocked-one");
    expect(names).not.toContain("came-late");
  });
});

describe("who may have it", () => {
  test("[B3] needs the permission to export and the one to see the data", async () => {
    const wish = async (body: object, ...permissions: Permission[]) =>
      (await desk.call("POST", "/exports", body, { authorization: `Bearer ${await desk.tokenFor(permissions)}` }))
        .status;
    expect(await wish({ data: "accounts" }, "export")).toBe(403);
    expect(await wish({ data: "accounts" }, "accounts")).toBe(403);
    expect(await wish({ data: "accounts" }, "export", "accounts")).toBe(201);
    expect(await wish({ data: "log" }, "export", "accounts")).toBe(403);
    expect(await wish({ data: "log" }, "export", "logs")).toBe(201);
    expect(await wish({ data: "groups" }, "export", "groups")).toBe(201);
    expect(await wish({ data: "groups", users: { activeOnly: true } }, "export", "groups")).toBe(403);
  });

  test("[B3] [U1] addresses are masked for those who may not see them whole, who cannot download others' files", async () => {
    const some = await desk.tokenFor(["export", "accounts"]);
    const columns = ["username", "address"];
    const masked = await desk.make({ data: "devices", columns }, some);
    expect((await desk.file(masked.id, some)).toString()).toBe("Username,Address\r\nada,127.0.0.x\r\n");
    const whole = await desk.make({ data: "devices", columns });
    expect((await desk.file(whole.id)).toString()).toContain("127.0.0.1");
    const headers = { authorization: `Bearer ${some}` };
    const seen = await desk.call("GET", `/exports/${whole.id}`, undefined, headers);
    expect(seen.json["mayDownload"]).toBe(false);
    expect((await desk.call("GET", `/exports/${whole.id}/file`, undefined, headers)).status).toBe(403);
    const without = { authorization: `Bearer ${await desk.tokenFor(["export", "logs"])}` };
    expect((await desk.call("GET", `/exports/${masked.id}/file`, undefined, without)).status).toBe(403);
  });

  test("[B3] refuses columns, zones and filters that are not there", async () => {
    const code = async (body: object) => (await desk.call("POST", "/exports", body)).json["code"];
    expect(await code({ data: "accounts", columns: ["passwordHash"] })).toBe("export.columnUnknown");
    expect(await code({ data: "devices", columns: ["hash"] })).toBe("export.columnUnknown");
    expect(await code({ data: "accounts", columns: ["attributes.nothing"] })).toBe("attribute.unknown");
    expect(await code({ data: "accounts", timeZone: "Mars/Base" })).toBe("user.timeZoneInvalid");
    expect(await code({ data: "log", users: { q: "x" } })).toBe("request.invalid");
    expect(await code({ data: "accounts", users: { status: "sleeping" } })).toBe("request.invalid");
  });
});

describe("the file afterwards", () => {
  test("[B5] a download goes on where it broke off (RFC 9110 §14)", async () => {
    const { id } = await desk.make({ data: "accounts" });
    const path = `/exports/${id}/file`;
    const whole = await desk.call("GET", path);
    const [all, etag] = [whole.bytes, whole.headers.get("etag") ?? ""];
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    const part = async (range: string, more = {}) => await desk.call("GET", path, undefined, { range, ...more });
    const first = await part("bytes=0-9");
    const rest = await part("bytes=10-", { "if-range": etag });
    expect([first.status, rest.status]).toEqual([206, 206]);
    expect(rest.headers.get("content-range")).toBe(`bytes 10-${all.length - 1}/${all.length}`);
    expect(Buffer.concat([first.bytes, rest.bytes])).toEqual(all);
    expect((await part("bytes=-5")).bytes).toEqual(all.subarray(-5));
    expect((await part("bytes=5-2")).status).toBe(200);
    expect((await part("bytes=10-", { "if-range": '"another"' })).bytes).toEqual(all);
    const beyond = await part(`bytes=${all.length}-`);
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${all.length}`]);
    const head = await desk.call("HEAD", path);
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(all.length)]);
  });

  test("[B5] [L1] the log tells who asked for what and who downloaded it, and a mail that it is done", async () => {
    const { house } = desk;
    const admin = await house.makeUser({ username: "keeper", roleId: adminRole });
    const actor = { kind: "user" as const, id: admin.id, name: "Keeper", can: () => true };
    const { requestExport } = await import("#server/exports/request-export.ts");
    const id = await house.as(actor, async (work) => await requestExport(work, { data: "groups" }));
    await desk.reach(id, "done");
    await desk.file(id);
    const events = await house.db.rows<{ type: string; actor_kind: string }>(
      "select type, actor_kind from events where subject_id = $1 order by id",
      [id],
    );
    expect(events).toEqual([
      { type: "export.requested", actor_kind: "user" },
      { type: "export.finished", actor_kind: "system" },
      { type: "export.downloaded", actor_kind: "token" },
    ]);
    const mails = await house.db.rows<{ recipient: string; subject: string }>(
      "select recipient, subject from mails where template = 'export-done'",
    );
    expect(mails).toMatchObject([{ recipient: "keeper@example.com", subject: expect.stringContaining("groups-") }]);
  });

  test("[B5] it goes when its time is over, and the rest a month later", async () => {
    const { house } = desk;
    const { id } = await desk.make({ data: "groups" });
    const now = house.clock.now;
    house.clock.now = new Date(now.getTime() + 7 * 86_400_000 + 1);
    expect((await desk.call("GET", `/exports/${id}`)).json).toMatchObject({ state: "expired", mayDownload: false });
    expect((await desk.call("GET", `/exports/${id}/file`)).status).toBe(410);
    await cleanExports(house);
    expect(await house.db.rows("select 1 from export_chunks where export_id = $1", [id])).toEqual([]);
    house.clock.now = new Date(now.getTime() + 40 * 86_400_000);
    await cleanExports(house);
    expect((await desk.call("GET", `/exports/${id}`)).status).toBe(404);
    house.clock.now = now;
  });

  test("[B5] one that is deleted is gone with its file", async () => {
    const { id } = await desk.make({ data: "groups" });
    expect((await desk.call("DELETE", `/exports/${id}`)).status).toBe(204);
    expect((await desk.call("GET", `/exports/${id}/file`)).status).toBe(404);
    expect(await desk.house.db.rows("select 1 from export_chunks where export_id = $1", [id])).toEqual([]);
  });
});
