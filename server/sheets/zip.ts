import { once } from "node:events";
import { crc32, createDeflateRaw } from "node:zlib";
import { SheetTooLarge } from "./sheet.ts";
import type { Sink } from "./sheet.ts";

/** The largest number of the format without its extension for large files, which not every program reads. */
const most = 0xffff_ffff;
// 1 January 1980: the format must have a date, and the same rows shall make the same file.
const date = 0x21;
/** Sizes follow the content; names are in UTF-8. */
const flags = 0x0808;
const versionNeeded = 20;

interface Entry {
  name: Buffer;
  crc: number;
  packed: number;
  size: number;
  offset: number;
}

/** A file inside the archive while it is written. */
export interface OpenEntry {
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/**
 * Writes an archive (APPNOTE.TXT 6.3) from beginning to end, without knowing sizes beforehand. One entry is open at a
 * time.
 */
export class ZipWriter {
  readonly #sink: Sink;
  readonly #entries: Entry[] = [];
  #offset = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** @throws SheetTooLarge the archive would pass 4 GiB */
  async #emit(bytes: Buffer): Promise<void> {
    this.#offset += bytes.length;
    if (this.#offset > most) throw new SheetTooLarge("A workbook holds no more than 4 GiB.");
    await this.#sink(bytes);
  }

  async add(name: string, content: string): Promise<void> {
    const entry = await this.open(name);
    await entry.write(Buffer.from(content));
    await entry.close();
  }

  async open(path: string): Promise<OpenEntry> {
    const entry: Entry = { name: Buffer.from(path), crc: 0, packed: 0, size: 0, offset: this.#offset };
    await this.#emit(localHeader(entry));
    // Level 1 takes half the time of level 6 for a file that is a tenth larger.
    const deflate = createDeflateRaw({ level: 1, chunkSize: 64 * 1024 });
    const pump = async () => {
      for await (const chunk of deflate as AsyncIterable<Buffer>) {
        entry.packed += chunk.length;
        await this.#emit(chunk);
      }
    };
    const pumped = pump();
    // Whoever writes next hears of it; until then it is no rejection that nobody sees.
    pumped.catch(() => {});
    return {
      write: async (bytes) => {
        entry.crc = crc32(bytes, entry.crc);
        entry.size += bytes.length;
        if (entry.size > most) throw new SheetTooLarge("A sheet holds no more than 4 GiB.");
        if (!deflate.write(bytes)) await Promise.race([once(deflate, "drain"), pumped]);
      },
      close: async () => {
        deflate.end();
        await pumped;
        await this.#emit(descriptor(entry));
        this.#entries.push(entry);
      },
    };
  }

  /** Writes the directory of the archive. */
  async end(): Promise<void> {
    const start = this.#offset;
    for (const entry of this.#entries) await this.#emit(directoryHeader(entry));
    const size = this.#offset - start;
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(this.#entries.length, 8);
    end.writeUInt16LE(this.#entries.length, 10);
    end.writeUInt32LE(size, 12);
    end.writeUInt32LE(start, 16);
    await this.#emit(end);
  }
}

function localHeader({ name }: Entry): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(versionNeeded, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(date, 12);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function descriptor({ crc, packed, size }: Entry): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(crc, 4);
  bytes.writeUInt32LE(packed, 8);
  bytes.writeUInt32LE(size, 12);
  return bytes;
}

function directoryHeader({ name, crc, packed, size, offset }: Entry): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(versionNeeded, 4);
  header.writeUInt16LE(versionNeeded, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(8, 10);
  header.writeUInt16LE(date, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(packed, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}
