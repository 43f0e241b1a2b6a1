import fc from "fast-check";
import { expect, test } from "vitest";
import { textRow, workbookParts, zip } from "#test/imports/support/make-workbook.ts";
import { Failure } from "../contract/failure.ts";
import { EncodingProbe, detectDelimiter } from "./detect-text.ts";
import { readCsv } from "./read-csv.ts";
import { openWorkbook, readXlsx } from "./read-xlsx.ts";
import type { ReadRow, Source } from "./source.ts";

function inMemory(bytes: Buffer): Source {
  return { size: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
}

async function all(rows: AsyncIterable<ReadRow[]>): Promise<string[][]> {
  const found: string[][] = [];
  for await (const some of rows) found.push(...some.map(({ cells }) => cells));
  return found;
}

const cell = fc.string({ unit: fc.constantFrom("a", "あ", '"', ",", ";", "\n", "\r", " ", "=", "😀"), maxLength: 6 });

test("[B1] whatever cells are written as RFC 4180 says are read as they were, whatever the encoding", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom("utf8" as const, "utf16le" as const),
      fc.constantFrom("\n", "\r\n", "\r"),
      async (rows, encoding, end) => {
        const lines = rows.map((cells) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(","));
        const bytes = Buffer.from(`\uFEFF${lines.join(end)}`, encoding);
        const reading = { encoding: encoding === "utf8" ? "utf-8" : "utf-16le", delimiter: "comma" } as const;
        const kept = rows.filter((cells) => cells.some((text) => text !== ""));
        expect(await all(readCsv(inMemory(bytes), reading))).toEqual(kept);
      },
    ),
    { numRuns: 300 },
  );
});

test("[B1] it does not matter where the parts end that a file is read in", async () => {
  const step = 256 * 1024;
  const tricky = '"a""b",c\r\n"d\r\ne","あ😀"\r\n\r\nlast,"x"';
  const filler = `${"x".repeat(1022)},\n`;
  for (let before = 0; before <= Buffer.byteLength(tricky); before += 1) {
    const rest = step - before;
    const first =
      filler.repeat(Math.floor(rest / 1024)) +
      "y".repeat(Math.max(0, (rest % 1024) - 1)) +
      (rest % 1024 === 0 ? "" : "\n");
    const bytes = Buffer.from(first + tricky);
    const rows = await all(readCsv(inMemory(bytes), { encoding: "utf-8", delimiter: "comma" }));
    expect(rows.slice(-3), String(before)).toEqual([
      ['a"b', "c"],
      ["d\r\ne", "あ😀"],
      ["last", "x"],
    ]);
  }
});

test("[B1] bytes of any kind are read or refused as text, and nothing else happens", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (given) => {
      const bytes = Buffer.from(given);
      const probe = new EncodingProbe();
      for (let at = 0; at < bytes.length; at += 7) probe.push(bytes.subarray(at, at + 7));
      const encoding = probe.end();
      const delimiter = detectDelimiter(new TextDecoder(encoding).decode(bytes));
      await all(readCsv(inMemory(bytes), { encoding, delimiter })).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Failure);
      });
    }),
    { numRuns: 500 },
  );
});

const workbook = zip(
  workbookParts(
    Array.from({ length: 30 }, (_, at) =>
      textRow(
        at + 1,
        [`user ${at}`, "x & y", "1 < 2"].map((text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")),
      ),
    ).join(""),
    {
      "xl/sharedStrings.xml": "<sst><si><t>shared</t></si></sst>",
      "xl/styles.xml": "<styleSheet><cellXfs/></styleSheet>",
    },
  ),
);

test("[B1] a workbook that is damaged anywhere is read or refused with a sentence", async () => {
  const read = async (bytes: Buffer) => await all(readXlsx(inMemory(bytes), await openWorkbook(inMemory(bytes)), ""));
  expect((await read(workbook))[29]).toEqual(["user 29", "x & y", "1 < 2"]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(workbook.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(workbook.length),
      fc.boolean(),
      async (changes, length, isCut) => {
        const bytes = Buffer.from(isCut ? workbook.subarray(0, length) : workbook);
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
        await read(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(Failure));
      },
    ),
    { numRuns: 1000 },
  );
});
