import { createInflateRaw } from "node:zlib";
import { failure } from "../contract/failure.ts";
import { bytesOf } from "./source.ts";
import type { Source } from "./source.ts";

/** A file in an archive. */
export interface ZipEntry {
  name: string;
  method: number;
  isEncrypted: boolean;
  packed: number;
  /** Where its local header begins. */
  offset: number;
}

const endBytes = 22;
const longestComment = 0xffff;
const mostEntries = 2000;
const mostDirectoryBytes = 4 * 1024 * 1024;

/** What an entry may unpack to, however well it was packed. Sheets of numbers pack to a fiftieth. */
const mostBytes = 2 * 1024 ** 3;
const harmlessBytes = 32 * 1024 ** 2;
const mostRatio = 200;

const broken = (cause?: unknown) => failure("import.fileBroken", cause === undefined ? {} : { cause });

/**
 * The files of an archive (APPNOTE.TXT 6.3), from its directory at the end.
 *
 * @throws import.fileBroken
 */
export async function readZip(source: Source): Promise<Map<string, ZipEntry>> {
  const tailStart = Math.max(0, source.size - endBytes - longestComment);
  const tail = await source.read(tailStart, source.size);
  const end = tail.lastIndexOf(Buffer.from("PK\x05\x06"));
  if (end < 0 || end + endBytes > tail.length) throw broken();
  let count = tail.readUInt16LE(end + 10);
  let size = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  if (count === 0xffff || size === 0xffff_ffff || start === 0xffff_ffff) {
    // The extension for large archives, which some programs always write.
    const locator = end - 20;
    if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) throw broken();
    const at = safeNumber(tail.readBigUInt64LE(locator + 8));
    const record = await source.read(at, at + 56);
    if (record.length < 56 || record.readUInt32LE(0) !== 0x06064b50) throw broken();
    [count, size, start] = [32, 40, 48].map((place) => safeNumber(record.readBigUInt64LE(place))) as [
      number,
      number,
      number,
    ];
  }
  if (count > mostEntries || size > mostDirectoryBytes || start + size > source.size) throw broken();
  const directory = await source.read(start, start + size);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let number = 0; number < count; number += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw broken();
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) =>
      directory.readUInt16LE(at + place),
    ) as [number, number, number];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > directory.length) throw broken();
    const name = directory.toString("utf8", at + 46, at + 46 + nameLength);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const unpacked = directory.readUInt32LE(at + 24);
    let packed = directory.readUInt32LE(at + 20);
    let offset = directory.readUInt32LE(at + 42);
    const large = largeSizes(extra);
    if (large !== undefined) {
      let place = unpacked === 0xffff_ffff ? 8 : 0;
      if (packed === 0xffff_ffff && large.length >= place + 8) {
        packed = safeNumber(large.readBigUInt64LE(place));
        place += 8;
      }
      if (offset === 0xffff_ffff && large.length >= place + 8) offset = safeNumber(large.readBigUInt64LE(place));
    }
    const isEncrypted = (directory.readUInt16LE(at + 8) & 1) !== 0;
    // Two files of one name: readers would disagree about which is meant.
    if (entries.has(name)) throw broken();
    entries.set(name, { name, method: directory.readUInt16LE(at + 10), isEncrypted, packed, offset });
    at = next;
  }
  return entries;
}

/**
 * What a file of an archive holds.
 *
 * @throws import.fileBroken import.unpacksTooLarge import.fileProtected
 */
export async function* unpack(source: Source, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.isEncrypted) throw failure("import.fileProtected");
  const head = await source.read(entry.offset, entry.offset + 30);
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) throw broken();
  const start = entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const end = start + entry.packed;
  if (end > source.size) throw broken();
  if (entry.method === 0) {
    yield* bytesOf(source, start, end);
    return;
  }
  if (entry.method !== 8) throw broken();
  let bytes = 0;
  for await (const part of inflated(bytesOf(source, start, end))) {
    bytes += part.length;
    if (bytes > mostBytes || (bytes > harmlessBytes && bytes > entry.packed * mostRatio)) {
      throw failure("import.unpacksTooLarge");
    }
    yield part;
  }
}

async function* inflated(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: 64 * 1024 });
  const feeding = (async () => {
    try {
      for await (const part of parts) {
        if (inflate.destroyed) return;
        if (!inflate.write(part)) await new Promise<void>((resolve) => whenFree(inflate, resolve));
      }
      inflate.end();
    } catch (error) {
      inflate.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  })();
  try {
    for await (const part of inflate) yield part as Buffer;
    await feeding;
  } catch (cause) {
    throw isOfZlib(cause) ? broken(cause) : cause;
  } finally {
    inflate.destroy();
  }
}

/** Goes on when more can be written, or when nothing ever will. */
function whenFree(inflate: ReturnType<typeof createInflateRaw>, go: () => void): void {
  const both = () => {
    inflate.off("drain", both).off("close", both);
    go();
  };
  inflate.on("drain", both).on("close", both);
}

function isOfZlib(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}

/** The part of the extra field that has the sizes of large archives (APPNOTE.TXT 4.5.3). */
function largeSizes(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  }
  return undefined;
}

function safeNumber(number: bigint): number {
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw broken();
  return Number(number);
}
