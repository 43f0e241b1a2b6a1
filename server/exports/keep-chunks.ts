import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import type { Queryable } from "../db/queryable.ts";
import { insertChunk } from "../db/sql/exports.ts";
import type { ExportRun } from "../db/sql/exports.ts";
import type { Sink } from "../sheets/sheet.ts";

const pack = promisify(deflateRaw);

/** Bytes of the file in a row of the database. */
const chunkBytes = 1024 * 1024;

/** The export was cancelled or deleted, or somebody else makes it anew. */
export class ExportStopped extends Error {
  override name = "ExportStopped";
}

/**
 * Keeps a file in pieces as it is written. While one is on its way to the database the next one fills.
 *
 * @param packs whether the pieces are compressed: a workbook is already
 * @throws ExportStopped from `sink` and `end`
 */
export function keepChunks(to: Queryable, run: ExportRun, packs: boolean): { sink: Sink; end(): Promise<void> } {
  let parts: Buffer[] = [];
  let size = 0;
  let start = 0;
  let keeping: Promise<void> = Promise.resolve();
  const keep = async (piece: Buffer, at: number) => {
    const bytes = packs ? await pack(piece, { level: 1 }) : piece;
    const isKept = await insertChunk(to, run, { start: at, size: piece.length, isPacked: packs, bytes });
    if (!isKept) throw new ExportStopped();
  };
  const flush = async () => {
    const piece = Buffer.concat(parts, size);
    const at = start;
    start += size;
    parts = [];
    size = 0;
    await keeping;
    keeping = keep(piece, at);
    // Whoever writes next hears of it.
    keeping.catch(() => {});
  };
  return {
    async sink(bytes) {
      parts.push(bytes);
      size += bytes.length;
      if (size >= chunkBytes) await flush();
    },
    async end() {
      if (size > 0) await flush();
      await keeping;
    },
  };
}
