import { insertChunk, selectChunk } from "../db/sql/imports.ts";
import type { Queryable } from "../db/queryable.ts";
import type { ImportId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import type { Source } from "../sheets/source.ts";

const purpose = "import";
const chunkBytes = 512 * 1024;
/** A workbook is read here and there. */
const rememberedChunks = 6;

/** Keeps a file in pieces, as it comes. @returns what to write into, and what ends it and answers its size */
export function fileWriter(to: Queryable, keyring: Keyring, id: ImportId) {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let number = 0;
  let size = 0;
  const flush = async (least: number) => {
    while (bytes >= least) {
      const all = Buffer.concat(waiting, bytes);
      const chunk = all.subarray(0, chunkBytes);
      waiting = [all.subarray(chunk.length)];
      bytes -= chunk.length;
      await insertChunk(to, id, number, keyring.seal(purpose, chunk.toString("base64")));
      number += 1;
    }
  };
  return {
    async write(part: Buffer): Promise<void> {
      waiting.push(part);
      bytes += part.length;
      size += part.length;
      if (bytes >= chunkBytes) await flush(chunkBytes);
    },
    async end(): Promise<number> {
      await flush(1);
      return size;
    },
  };
}

/** The file of an import. Its pieces are decrypted when they are asked for, and a few are remembered. */
export function storedFile(db: Queryable, keyring: Keyring, id: ImportId, size: number): Source {
  const chunks = new Map<number, Buffer>();
  const chunk = async (number: number): Promise<Buffer> => {
    const known = chunks.get(number);
    if (known !== undefined) return known;
    const sealed = await selectChunk(db, id, number);
    if (sealed === undefined) throw new Error(`piece ${number} of the file of import ${id} is gone`);
    const opened = Buffer.from(keyring.open(purpose, sealed), "base64");
    const [oldest] = chunks.keys();
    if (chunks.size >= rememberedChunks && oldest !== undefined) chunks.delete(oldest);
    chunks.set(number, opened);
    return opened;
  };
  return {
    size,
    async read(start, end) {
      const to = Math.min(end, size);
      const parts: Buffer[] = [];
      for (let at = Math.max(0, start); at < to;) {
        const number = Math.floor(at / chunkBytes);
        const from = at - number * chunkBytes;
        const part = (await chunk(number)).subarray(from, from + (to - at));
        if (part.length === 0) break;
        parts.push(part);
        at += part.length;
      }
      return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
    },
  };
}
