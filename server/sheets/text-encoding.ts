import iconv from "iconv-lite";

export const textEncodings = ["utf-8", "utf-8-bom", "utf-16", "shift_jis"] as const;
export type TextEncoding = (typeof textEncodings)[number];

/** Turns texts into bytes. */
export interface TextEncoder {
  /** The mark that the file begins with; empty where there is none. */
  mark: Buffer;
  encode(text: string): Buffer;
  /** How many characters were replaced so far, because the encoding lacks them. */
  replaced(): number;
}

/** UTF-16 is little-endian and has a mark, as spreadsheets expect it. */
export function textEncoder(encoding: TextEncoding): TextEncoder {
  switch (encoding) {
    case "utf-8":
      return unicode(Buffer.alloc(0), "utf8");
    case "utf-8-bom":
      return unicode(Buffer.from("\uFEFF"), "utf8");
    case "utf-16":
      return unicode(Buffer.from("\uFEFF", "utf16le"), "utf16le");
    case "shift_jis":
      return shiftJis();
  }
}

function unicode(mark: Buffer, encoding: "utf8" | "utf16le"): TextEncoder {
  return { mark, encode: (text) => Buffer.from(text, encoding), replaced: () => 0 };
}

// The table that spreadsheets mean by Shift_JIS, which has more characters than the standard.
const codePage = "windows-31j";

/** The mark for what is missing in Japanese type. */
const missing = "\u3013";

// Signs that this code page has under another code point. They look the same, but are not.
const alike = new Map([
  ["\u301C", "\uFF5E"],
  ["\u2016", "\u2225"],
  ["\u2212", "\uFF0D"],
  ["\u00A2", "\uFFE0"],
  ["\u00A3", "\uFFE1"],
  ["\u00AC", "\uFFE2"],
  ["\u00A5", "\uFFE5"],
  ["\u2014", "\u2015"],
]);

let table: Uint8Array | undefined;

/** Which code units come back as they were. */
function knownUnits(): Uint8Array {
  if (table !== undefined) return table;
  table = new Uint8Array(0x1_0000);
  for (let unit = 0; unit < 0x1_0000; unit += 1) {
    if (unit >= 0xd800 && unit <= 0xdfff) continue;
    const text = String.fromCharCode(unit);
    if (iconv.decode(iconv.encode(text, codePage), codePage) === text) table[unit] = 1;
  }
  return table;
}

function shiftJis(): TextEncoder {
  const known = knownUnits();
  let count = 0;
  const fit = (text: string): string => {
    // oxlint-disable-next-line no-control-regex
    if (/^[\0-\x7f]*$/.test(text)) return text;
    let fitted = "";
    let kept = 0;
    for (let at = 0; at < text.length;) {
      const units = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      if (units === 2 || known[text.charCodeAt(at)] !== 1) {
        count += 1;
        fitted += text.slice(kept, at) + (alike.get(text.slice(at, at + units)) ?? missing);
        kept = at + units;
      }
      at += units;
    }
    return fitted + text.slice(kept);
  };
  return { mark: Buffer.alloc(0), encode: (text) => iconv.encode(fit(text), codePage), replaced: () => count };
}
