import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openImportDesk } from "./support/desk.ts";
import type { Body, ImportDesk } from "./support/desk.ts";
import { textRow, workbookParts, zip } from "./support/make-workbook.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: ImportDesk;
beforeAll(async () => {
  desk = await openImportDesk();
});
afterAll(async () => await desk.close());

const headers = "ユーザー名,表示名,メールアドレス";

test.each([
  ["utf-8", (text: string) => Buffer.from(text)],
  ["utf-8", (text: string) => Buffer.from(`\uFEFF${text}`)],
  ["utf-16le", (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le")],
  ["utf-16be", (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16()],
  ["utf-16le", (text: string) => Buffer.from(text.replace(headers, "username,display name,email"), "utf16le")],
])("[B1] a file in %s is read without being told so", async (encoding, encode) => {
  const uploaded = await desk.upload(encode(`${headers}\nsato,佐藤 花子,sato@example.com\n`));
  expect(uploaded.body).toMatchObject({
    encoding,
    columns: [
      { column: "username", samples: ["sato"] },
      { column: "displayName", samples: ["佐藤 花子"] },
      { column: "email", samples: ["sato@example.com"] },
    ],
  });
});

test("[B1] Shift_JIS and Windows-1252 are told apart, and can be chosen where that went wrong", async () => {
  // 表示名 and 佐藤 in Shift_JIS; the second byte of 表 is a backslash.
  const japanese = Buffer.concat([
    Buffer.from("username,"),
    Buffer.from("955c8ea696bc", "hex"),
    Buffer.from(",email\nsato,"),
    Buffer.from("8db293a1", "hex"),
    Buffer.from(",s@example.com\n"),
  ]);
  expect((await desk.upload(japanese)).body).toMatchObject({
    encoding: "shift_jis",
    columns: [{}, { header: "表示名", column: "displayName", samples: ["佐藤"] }, {}],
  });
  const french = Buffer.from(
    "username;display name;email\nrene;René Müller;r@example.com\nzoe;Zoë Ångström;z@example.com\n",
    "latin1",
  );
  const { body } = await desk.upload(french);
  expect(body).toMatchObject({
    encoding: "windows-1252",
    delimiter: "semicolon",
    columns: [{}, { samples: ["René Müller", "Zoë Ångström"] }, {}],
  });
  const other = await desk.call("PATCH", `/imports/${body.id}`, { encoding: "utf-8" });
  expect(other.body).toMatchObject({ code: "import.encodingWrong" });
  const bar = await desk.call("PATCH", `/imports/${body.id}`, { delimiter: "bar" });
  expect(bar.body.columns).toMatchObject([{ header: "username;display name;email" }]);
});

test("[B1] cells keep commas, line breaks and quotation marks, whatever ends the lines", async () => {
  const cells = ['"O\'Brien, ""Pat"""', '"two\r\nlines"', 'plain"mark'];
  for (const end of ["\n", "\r\n", "\r"]) {
    const rows = ["username,display name,title,department", `pat,${cells.join(",")}`, "", "last,,,"];
    const { body } = await desk.upload(rows.join(end));
    expect(body.columns.map((column: Body) => column.samples)).toEqual([
      ["pat", "last"],
      ['O\'Brien, "Pat"'],
      ["two\r\nlines"],
      ['plain"mark'],
    ]);
  }
});

test("[B1] a workbook is read with its texts, numbers, moments and shared texts; formulas and errors are told", async () => {
  const head = textRow(1, [
    "Username",
    "Display name",
    "Email",
    "Employee number",
    "Job title",
    "Department",
    "First name",
    "Last name",
  ]);
  const row = `<row r="4"><c r="A4" t="s"><v>0</v></c><c r="B4" t="s"><v>1</v></c><c r="C4" t="inlineStr"><is><t>x&amp;y@example.com</t></is></c>
    <c r="D4"><v>1.2E3</v></c><c r="E4" s="1"><v>45292.5</v></c><c r="F4" t="b"><v>1</v></c><c r="G4" t="str"><f>A4&amp;"x"</f><v>sato.tx</v></c><c r="H4" t="e"><v>#N/A</v></c></row>`;
  const workbook = zip(
    workbookParts(head + row, {
      "xl/sharedStrings.xml":
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>sato.t</t></si><si><r><t>佐藤 </t></r><r><t>花子</t></r><rPh sb="0" eb="2"><t>サトウ</t></rPh></si></sst>',
      "xl/styles.xml": '<styleSheet><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    }),
  );
  const checked = await desk.check(workbook, "staff.xlsx");
  expect(checked).toMatchObject({ format: "xlsx", sheets: ["People"], sheet: "People", encoding: null });
  expect(checked.columns.map((column: Body) => column.samples[0])).toEqual([
    "sato.t",
    "佐藤 花子",
    "x&y@example.com",
    "1200",
    "2024-01-01T12:00:00Z",
    "true",
    "sato.tx",
    "#N/A",
  ]);
  expect(await desk.problems(checked.id as string)).toEqual([
    "4 givenName: This is a formula. Paste its value; a text that begins with = needs an apostrophe before it.",
    "4 familyName: This cell shows an error of the spreadsheet.",
  ]);
});

const good = Array.from({ length: 400 }, (_, at) =>
  textRow(at + 1, [at === 0 ? "username" : `u${at}`, "display name"]),
).join("");
const whole = zip(workbookParts(good));
const faults: [what: string, name: string, file: () => Buffer | string, code: string][] = [
  ["an empty file", "a.csv", () => "", "import.fileEmpty"],
  ["headers alone", "a.csv", () => "username,email\n\n", "import.fileEmpty"],
  ["a picture", "a.csv", () => Buffer.from("89504e470d0a1a0a0000000d", "hex"), "import.fileKind"],
  ["an old workbook", "a.xls", () => Buffer.from("d0cf11e0a1b11ae100", "hex"), "import.fileProtected"],
  [
    "a quotation mark that is never closed",
    "a.csv",
    () => `username\nada\n"bob\n${"x\n".repeat(10)}`,
    "import.quoteOpen",
  ],
  ["a cell of a megabyte", "a.csv", () => `username\n${"x".repeat(1_000_000)}\n`, "import.cellTooLarge"],
  ["a million columns", "a.csv", () => `${"x,".repeat(1_000_000)}\nx\n`, "import.tooManyColumns"],
  ["a truncated workbook", "a.xlsx", () => whole.subarray(0, whole.length - 30), "import.fileBroken"],
  ["half a workbook", "a.xlsx", () => whole.subarray(0, whole.length / 2), "import.fileBroken"],
  ["an archive that is no workbook", "a.xlsx", () => zip({ "readme.txt": "hello" }), "import.fileBroken"],
  [
    "a workbook with macros",
    "a.xlsm",
    () => zip(workbookParts(good, { "xl/vbaProject.bin": "x" })),
    "import.fileMacros",
  ],
  [
    "a workbook that unpacks to a thousand times its size",
    "a.xlsx",
    () => zip(workbookParts(`${good}${"<x></x>".repeat(6_000_000)}`)),
    "import.unpacksTooLarge",
  ],
  [
    "a workbook with entities of its own",
    "a.xlsx",
    () =>
      zip(
        workbookParts("", {
          "xl/worksheets/sheet1.xml": `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData>${textRow(1, ["&b;"])}</sheetData></worksheet>`,
        }),
      ),
    "import.fileBroken",
  ],
  [
    "a workbook with a column too far",
    "a.xlsx",
    () => zip(workbookParts(`<row r="1"><c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>`)),
    "import.tooManyColumns",
  ],
  [
    "a workbook with a cell that is too long",
    "a.xlsx",
    () => zip(workbookParts(textRow(1, ["username"]) + textRow(2, ["x".repeat(40_000)]))),
    "import.cellTooLarge",
  ],
];

test.each(faults)("[B1] %s is refused with a sentence, and nothing of it is kept", async (_what, name, file, code) => {
  const { status, body } = await desk.upload(file(), name);
  if (status === 201) {
    // What is wrong further down is found when all of it is read.
    const id = body.id as string;
    await desk.act(id, "check");
    const { failure } = await desk.until(id, "failed");
    expect(failure).toEqual({ code, message: expect.stringMatching(/\.$/) as string });
    await desk.act(id, "cancel");
  } else {
    expect({ status, code: body.code as string }).toEqual({ status: 400, code });
    expect(body.title).toMatch(/\.$/);
  }
  expect(
    await desk.house.db.rows("select from import_chunks c join imports i on i.id = c.import_id where i.name = $1", [
      name,
    ]),
  ).toEqual([]);
});

test("[B1] a fault further down stops the check, and the reading can be changed then", async () => {
  const rows = Array.from({ length: 3000 }, (_, at) => `u${at},${"Name ".repeat(40)}`);
  const text = ["username,display name", ...rows].join("\n");
  const file = Buffer.concat([Buffer.from(text), Buffer.from([0x0a, 0x78, 0xe9, 0x2c, 0x78])]);
  const uploaded = await desk.upload(file, "late.csv");
  expect(uploaded.body).toMatchObject({ encoding: "windows-1252" });
  const id = uploaded.body.id as string;
  await desk.call("PATCH", `/imports/${id}`, { encoding: "utf-8" });
  await desk.act(id, "check");
  const failed = await desk.until(id, "failed");
  expect(failed.failure).toMatchObject({ code: "import.encodingWrong" });
  expect(failed.failure.message).toMatch(/^Below row \d+ the file has characters that do not belong to utf-8/);
  await desk.call("PATCH", `/imports/${id}`, { encoding: "windows-1252" });
  await desk.act(id, "check");
  expect(await desk.until(id, "ready")).toMatchObject({ counts: { rows: 3001 } });
});

test("[B1] a file that is larger than allowed is refused before it is read", async () => {
  const reply = await fetch(`${desk.house.issuer}/api/v1/imports?name=a.csv`, {
    method: "POST",
    headers: { authorization: `Bearer ${await desk.token("accounts")}`, "content-length": String(300 * 1024 * 1024) },
    body: "x",
  }).catch((error: Error) => error);
  // A client that says one length and sends another is cut off by itself where it does not get an answer first.
  if (reply instanceof Response) expect(reply.status).toBe(413);
});
