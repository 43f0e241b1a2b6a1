import { fileDelimiters } from "../contract/imports.ts";
import type { FileDelimiter, FileEncoding } from "../contract/imports.ts";

/**
 * Finds out in which encoding a text is, from all of its bytes as they pass: one that begins in ASCII may go on in
 * anything.
 */
export class EncodingProbe {
  #head = Buffer.alloc(0);
  #utf8: TextDecoder | undefined = new TextDecoder("utf-8", { fatal: true });
  #shiftJis: TextDecoder | undefined = new TextDecoder("shift_jis", { fatal: true });
  /** Bytes that begin most Japanese characters in Shift_JIS, and are quotation marks at most in Windows-1252. */
  #leads = 0;
  /** Bytes that are letters with accents in Windows-1252. */
  #accents = 0;

  push(bytes: Buffer): void {
    if (this.#head.length < 4096) this.#head = Buffer.concat([this.#head, bytes.subarray(0, 4096)]);
    this.#utf8 = stillFits(this.#utf8, bytes);
    // Only asked when it is not UTF-8.
    if (this.#utf8 === undefined) {
      this.#shiftJis = stillFits(this.#shiftJis, bytes);
      for (const byte of bytes) {
        if (byte >= 0xc0) this.#accents += 1;
        else if (byte >= 0x81 && byte <= 0x9f) this.#leads += 1;
      }
    }
  }

  /** @returns the most likely encoding */
  end(): FileEncoding {
    const mark = markOf(this.#head);
    if (mark !== undefined) return mark;
    const wide = wideOf(this.#head);
    if (wide !== undefined) return wide;
    if (stillFits(this.#utf8, undefined) !== undefined) return "utf-8";
    const isJapanese = stillFits(this.#shiftJis, undefined) !== undefined && this.#leads * 2 >= this.#accents;
    return isJapanese ? "shift_jis" : "windows-1252";
  }
}

function stillFits(decoder: TextDecoder | undefined, bytes: Buffer | undefined): TextDecoder | undefined {
  try {
    decoder?.decode(bytes, { stream: bytes !== undefined });
    return decoder;
  } catch {
    // Not of this encoding, which is what was asked.
    return undefined;
  }
}

function markOf(head: Buffer): FileEncoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return "utf-8";
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return undefined;
}

/** Text of Latin letters in UTF-16 has a zero in every second byte. */
function wideOf(head: Buffer): FileEncoding | undefined {
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd * 4 > head.length && even * 8 < head.length) return "utf-16le";
  if (even * 4 > head.length && odd * 8 < head.length) return "utf-16be";
  return undefined;
}

/** The delimiter that the first line of a text has most of, outside of quotation marks. */
export function detectDelimiter(text: string): FileDelimiter {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (const character of text.replace(/^\uFEFF/, "")) {
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (character === "\n" || character === "\r")) {
      if (counts.size > 0) break;
    } else if (!isQuoted) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const most = Math.max(...fileDelimiters.map((one) => counts.get(delimiterSigns[one]) ?? 0));
  return fileDelimiters.find((one) => most > 0 && counts.get(delimiterSigns[one]) === most) ?? "comma";
}

export const delimiterSigns: Readonly<Record<FileDelimiter, string>> = {
  comma: ",",
  semicolon: ";",
  tab: "\t",
  bar: "|",
};
