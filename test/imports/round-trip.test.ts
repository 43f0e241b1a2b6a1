import { stringify } from "node:querystring";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import Excel from "exceljs";
import { accountColumns } from "#contract/account-columns.ts";
import { allPermissions } from "#contract/permissions.ts";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { readValues, withValues } from "#server/attributes/custom-values.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { trusted } from "#server/db/work.ts";
import type { Work } from "#server/db/work.ts";
import { changeGroup } from "#server/groups/change-group.ts";
import { createGroup } from "#server/groups/create-group.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { createUser } from "#server/users/create-user.ts";
import type { NewUser } from "#server/users/create-user.ts";
import { openImportDesk } from "./support/desk.ts";
import type { Body, ImportDesk } from "./support/desk.ts";

vi.setConfig({ testTimeout: 90_000 });

let desk: ImportDesk;
let all: string;
let count = 0;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const columns = [
  ...accountColumns.filter(({ isImported, isExported }) => isImported && isExported).map(({ key }) => key),
  ...["text", "texts", "flag", "whole", "part", "moment", "link"].map((name) => `attributes.${name}`),
];

beforeAll(async () => {
  desk = await openImportDesk();
  all = await desk.token(...allPermissions);
  const { house } = desk;
  const boss = await house.makeUser({ username: "boss", roleId: adminRole });
  await house.work(async (work) => {
    const define = async (
      name: string,
      type: "string" | "boolean" | "integer" | "decimal" | "dateTime" | "reference",
      more = {},
    ) => {
      await createAttribute(work, { name, labels: { en: name.toUpperCase(), ja: null }, type, ...more });
    };
    await define("text", "string", { isUnique: true });
    await define("texts", "string", { isMultiValued: true });
    await define("flag", "boolean");
    await define("whole", "integer");
    await define("part", "decimal");
    await define("moment", "dateTime");
    await define("link", "reference");
  });
  const people = await house.work(async (work) => {
    const { directory } = await createDirectory(work, { name: "North (old)" });
    const set = await readAttributes(work.tx);
    const custom = (values: Record<string, unknown>) => withValues(set, {}, readValues(set, values));
    const make = async (username: string, more: Partial<NewUser> = {}) => {
      count += 1;
      return await createUser(work, { username, displayName: `Person ${username}`, ...more });
    };
    const email = (value: string, type?: string, primary?: boolean) => ({
      value,
      ...(type === undefined ? {} : { type }),
      ...(primary === undefined ? {} : { primary }),
    });
    const ids = [
      await make("plain", { resource: { emails: [email("plain@example.com", "work", true)] } }),
      await make("full", {
        displayName: "完全 な人",
        givenName: "な人",
        familyName: "完全",
        locale: "ja",
        timeZone: "Asia/Tokyo",
        marketingConsent: true,
        deviceLimit: 0,
        factorRule: "forbid",
        protection: "off",
        allowsSso: false,
        resource: {
          title: '=HYPERLINK("https://example.com")',
          emails: [
            email("first@example.com", "home"),
            email("main@example.com", "work", true),
            email("last@example.com"),
          ],
          phoneNumbers: [email("+81 3 1234 5678", "work", true), email("tel:+1-201-555-0123", "mobile")],
          [enterprise]: {
            department: "営業部; 二課",
            employeeNumber: "00042",
            manager: { value: boss.id },
            costCenter: "kept",
          },
        },
        custom: custom({
          text: "'quoted'",
          texts: ["a, b", "-1", "'=x"],
          flag: false,
          whole: -7,
          part: 2.5,
          moment: "2026-11-02T08:30:00+09:00",
          link: "https://example.com/?a=1&b=2",
        }),
      }),
      await make("formulas", {
        displayName: "+1 and '@two",
        givenName: "-",
        familyName: "@home",
        resource: { title: "'=1" },
      }),
      await make("unmarked", {
        resource: { emails: [email("a@example.com", "other"), email("b@example.com", "work"), email("c@example.com")] },
      }),
      await make("lines", { displayName: 'He said "no",\r\nthen left', resource: { title: "tab\there" } }),
      await make("off", { isActive: false }),
      await make("of.directory", { directoryId: directory.id, externalId: "x-1" }),
    ];
    const local = await createGroup(work, { displayName: "Sales; 東京" });
    const other = await createGroup(work, { displayName: "Sales (South)" });
    const owned = await createGroup(work, { displayName: "Everybody", directoryId: directory.id });
    // Nobody but the directory and the house itself changes its group.
    const asHouse: Work = { ...work, actor: trusted("system", "a test") };
    for (const group of [local, other, owned])
      await changeGroup(asHouse, group, [{ kind: "addMembers", ids: ids.slice(0, 3) }]);
    return ids;
  });
  await house.work(async (work) => await changeStatus(work, people[0] as UserId, "block"));
});
afterAll(async () => await desk.close());

async function exported(wish: Record<string, unknown>): Promise<Buffer> {
  const asked = await desk.call("POST", "/exports", { data: "accounts", columns, ...wish }, all);
  expect(asked.status, JSON.stringify(asked.body)).toBe(201);
  const id = asked.body.id as string;
  await vi.waitFor(
    async () => expect((await desk.call("GET", `/exports/${id}`, undefined, all)).body.state).toBe("done"),
    {
      timeout: 30_000,
    },
  );
  const reply = await fetch(`${desk.house.issuer}/api/v1/exports/${id}/file`, {
    headers: { authorization: `Bearer ${all}` },
  });
  return Buffer.from(await reply.arrayBuffer());
}

async function checked(file: Buffer, name: string): Promise<Body> {
  const one = await desk.check(file, name, all);
  expect(one.columns.map((column: Body) => column.column)).toEqual(columns);
  return one;
}

const wishes: Record<string, unknown>[] = [
  { format: "csv" },
  { format: "csv", encoding: "utf-8-bom", delimiter: "semicolon", language: "ja", times: "unix" },
  { format: "csv", encoding: "utf-16", delimiter: "tab", timeZone: "Asia/Tokyo" },
  { format: "csv", encoding: "shift_jis", language: "ja" },
  { format: "xlsx" },
  { format: "xlsx", language: "ja", times: "unix", timeZone: "Asia/Tokyo" },
];

test.each(wishes.map((wish) => [stringify(wish as Record<string, string>), wish] as const))(
  "[B6] accounts that are exported (%s) and imported again change nothing",
  async (_title, wish) => {
    const one = await checked(await exported(wish), `accounts.${String(wish["format"])}`);
    expect(await desk.problems(one.id as string)).toEqual([]);
    const changing = (await desk.rows(one.id as string, "update")).map(({ name, changes }) => [name, changes]);
    expect(changing).toEqual([]);
    expect(one.counts).toMatchObject({ add: 0, update: 0, delete: 0, problem: 0, unchanged: count + 1 });
    // Not even where an empty cell means that there is nothing.
    await desk.call("PATCH", `/imports/${one.id}`, { blankCells: "clear" }, all);
    await desk.act(one.id as string, "check", {}, all);
    expect(await desk.until(one.id as string, "ready")).toMatchObject({ counts: { unchanged: count + 1, problem: 0 } });
  },
);

test("[B6] a workbook that another program edits changes what was edited, and nothing else", async () => {
  const workbook = new Excel.Workbook();
  await workbook.xlsx.load((await exported({ format: "xlsx" })) as never);
  const [sheet] = workbook.worksheets;
  const place = (key: string) => columns.indexOf(key) + 1;
  const rowOf = (username: string) => {
    const cells = sheet?.getColumn(place("username")).values as unknown[];
    return sheet?.getRow(cells.indexOf(username));
  };
  const full = rowOf("full");
  if (full !== undefined) {
    full.getCell(place("displayName")).value = "Edited";
    full.getCell(place("deviceLimit")).value = 12;
    full.getCell(place("attributes.flag")).value = true;
    const moment = full.getCell(place("attributes.moment"));
    moment.value = new Date("2027-01-02T03:04:05Z");
    moment.numFmt = "yyyy-mm-dd hh:mm:ss";
  }
  const saved = Buffer.from(await workbook.xlsx.writeBuffer());
  const one = await checked(saved, "edited.xlsx");
  expect(await desk.problems(one.id as string)).toEqual([]);
  expect((await desk.rows(one.id as string, "update")).map(({ name, changes }) => ({ name, changes }))).toEqual([
    {
      name: "full",
      changes: [
        { column: "displayName", from: "完全 な人", to: "Edited" },
        { column: "deviceLimit", from: "0", to: "12" },
        { column: "attributes.flag", from: "false", to: "true" },
        { column: "attributes.moment", from: "2026-11-02T08:30:00+09:00", to: "2027-01-02T03:04:05Z" },
      ],
    },
  ]);
  await desk.act(one.id as string, "confirm", {}, all);
  expect(await desk.until(one.id as string, "done")).toMatchObject({ counts: { done: 1, failed: 0 } });
  const { body } = await desk.call("GET", "/users?q=full");
  const { body: full2 } = await desk.call("GET", `/users/${body.items[0].id}`);
  expect(full2).toMatchObject({
    displayName: "Edited",
    title: '=HYPERLINK("https://example.com")',
    email: "main@example.com",
  });
});
