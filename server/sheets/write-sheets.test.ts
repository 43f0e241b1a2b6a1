import { parse } from "csv-parse/sync";
import Excel from "exceljs";
import fc from "fast-check";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { unguardCell } from "../contract/account-columns.ts";
import type { Losses, Row, SheetColumn } from "./sheet.ts";
import { timeTexts } from "./time-format.ts";
import { writeCsv } from "./write-csv.ts";
import type { CsvStyle } from "./write-csv.ts";
import { writeXlsx } from "./write-xlsx.ts";
import type { SheetLimits } from "./write-xlsx.ts";

const columns: SheetColumn[] = [
  { header: "Name", kind: "text" },
  { header: "Count", kind: "number" },
  { header: "At", kind: "time" },
];
const plain: CsvStyle = { encoding: "utf-8", delimiter: "comma", times: { as: "iso", timeZone: "UTC" } };

async function csv(rows: Row[], style: Partial<CsvStyle> = {}): Promise<{ bytes: Buffer; losses: Losses }> {
  const pieces: Buffer[] = [];
  const writer = writeCsv(columns, { ...plain, ...style }, async (bytes) => void pieces.push(bytes));
  await writer.write(rows);
  const losses = await writer.end();
  return { bytes: Buffer.concat(pieces), losses };
}

async function xlsx(rows: Row[], timeZone = "UTC", limits?: SheetLimits) {
  const pieces: Buffer[] = [];
  const style = { name: "Things", times: { as: "iso", timeZone } as const, now: new Date(0) };
  const writer = writeXlsx(columns, style, async (bytes) => void pieces.push(bytes), limits);
  await writer.write(rows);
  const losses = await writer.end();
  const book = new Excel.Workbook();
  await book.xlsx.load(Buffer.concat(pieces) as unknown as ArrayBuffer);
  return { book, losses };
}

describe("CSV", () => {
  test("[B4] any text comes back through another reader, whatever is in it", async () => {
    const text = fc.string({ unit: "binary" });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
        const { bytes } = await csv(texts.map((one): Row => [one, null, null]));
        const [, ...rows] = parse(bytes, { relax_column_count: true });
        expect(rows.map(([cell = ""]) => unguardCell(cell))).toEqual(texts);
      }),
      { numRuns: 60 },
    );
  });

  test("[B4] what a spreadsheet would run begins with an apostrophe, and numbers do not", async () => {
    const { bytes } = await csv([
      ["=1+1", -5, null],
      ["+81 3 5550 1234", 0, null],
      ["@SUM(A1)", null, null],
      ["\t=1", null, null],
      ["＝1+1", null, null],
      ["it's", 1.5, null],
    ]);
    const rows = parse(bytes);
    expect(rows.slice(1).map(([cell]) => cell)).toEqual([
      "'=1+1",
      "'+81 3 5550 1234",
      "'@SUM(A1)",
      "'\t=1",
      "'＝1+1",
      "it's",
    ]);
    expect(rows.slice(1).map(([, count]) => count)).toEqual(["-5", "0", "", "", "", "1.5"]);
  });

  test("[B4] Shift_JIS shows and counts what it lacks", async () => {
    const { bytes, losses } = await csv([["田辺 ﾊﾙｶ～ é 😀 〜 ①髙", null, null]], { encoding: "shift_jis" });
    expect(iconv.decode(bytes, "shift_jis").split("\r\n")[1]).toBe("田辺 ﾊﾙｶ～ 〓 〓 ～ ①髙,,");
    expect(losses.replaced).toBe(3);
  });

  test("[B4] UTF-8 with its mark, UTF-16, and other delimiters", async () => {
    const rows: Row[] = [["Łucja; 林", 1, null]];
    expect((await csv(rows, { encoding: "utf-8-bom" })).bytes.toString("utf8")).toBe(
      "\uFEFFName,Count,At\r\nŁucja; 林,1,\r\n",
    );
    const wide = (await csv(rows, { encoding: "utf-16", delimiter: "tab" })).bytes;
    expect(new TextDecoder("utf-16le", { ignoreBOM: true }).decode(wide)).toBe(
      "\uFEFFName\tCount\tAt\r\nŁucja; 林\t1\t\r\n",
    );
    expect((await csv(rows, { delimiter: "semicolon" })).bytes.toString()).toContain('"Łucja; 林";1;');
  });

  test("[B4] moments in a zone keep their instant across the change of its clock", () => {
    const write = timeTexts({ as: "iso", timeZone: "Europe/Berlin" });
    const summer = Date.parse("2026-10-25T00:30:00Z");
    expect(write(summer)).toBe("2026-10-25T02:30:00+02:00");
    expect(write(summer + 3_600_000)).toBe("2026-10-25T02:30:00+01:00");
    expect(timeTexts({ as: "iso", timeZone: "Asia/Kolkata" })(1_795_390_531_123)).toBe("2026-11-23T05:05:31.123+05:30");
    expect(timeTexts({ as: "unix" })(1_795_390_531_999)).toBe("1795390531");
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.constantFrom("America/St_Johns", "Asia/Tokyo"),
        (at, timeZone) => {
          expect(Date.parse(timeTexts({ as: "iso", timeZone })(at))).toBe(at);
        },
      ),
    );
  });
});

describe("workbooks", () => {
  test("[B4] cells are typed, the line of headers stays and has filters", async () => {
    const at = Date.parse("2026-11-23T00:15:30Z");
    const { book } = await xlsx(
      [
        ["=1+1", 42, at],
        ["007", "12345678901234567890", null],
      ],
      "Asia/Tokyo",
    );
    const [sheet] = book.worksheets;
    expect(sheet?.name).toBe("Things");
    expect(sheet?.views[0]).toMatchObject({ state: "frozen", ySplit: 1 });
    expect(sheet?.autoFilter).toBe("A1:C3");
    expect(sheet?.getCell("A1").font).toMatchObject({ bold: true });
    expect(sheet?.getCell("A2").value).toBe("=1+1");
    expect(sheet?.getCell("A2").numFmt).toBe("@");
    expect(sheet?.getCell("B2").value).toBe(42);
    // A workbook has no zones: it is the clock in Tokyo.
    expect(sheet?.getCell("C2").value).toEqual(new Date("2026-11-23T09:15:30Z"));
    expect(sheet?.getCell("A3").value).toBe("007");
    // More digits than a number of a workbook keeps.
    expect(sheet?.getCell("B3").value).toBe("12345678901234567890");
  });

  test("[B4] a further sheet begins when one is full, each with its headers", async () => {
    const rows = Array.from({ length: 7 }, (_, at): Row => [`row ${at}`, at, null]);
    const { book } = await xlsx(rows, "UTC", { rows: 3, bytes: 1e9 });
    expect(book.worksheets.map(({ name, rowCount }) => [name, rowCount])).toEqual([
      ["Things", 4],
      ["Things 2", 4],
      ["Things 3", 2],
    ]);
    expect(book.worksheets.flatMap((sheet) => sheet.getColumn(2).values.slice(2))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(book.worksheets.map((sheet) => sheet.getCell("A1").value)).toEqual(["Name", "Name", "Name"]);
  });

  test("[B4] what XML cannot hold comes back, and what a cell cannot hold is cut and counted", async () => {
    const odd = 'a<b & "c" \u0001 \r\n _x0041_ ]]> 😀';
    const { book, losses } = await xlsx([
      [odd, null, null],
      ["x".repeat(40_000), null, null],
    ]);
    const [sheet] = book.worksheets;
    // This reader leaves escapes of inline texts as they are (ECMA-376 Part 1 §22.9.2.19).
    const read = String(sheet?.getCell("A2").value);
    expect(
      read.replaceAll(/_x([\dA-F]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    ).toBe(odd);
    expect(String(sheet?.getCell("A3").value)).toMatch(/^x+…$/);
    expect(losses.cut).toBe(1);
  });
});
