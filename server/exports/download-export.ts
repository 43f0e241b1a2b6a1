import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Queryable } from "../db/queryable.ts";
import { selectChunk } from "../db/sql/exports.ts";
import type { ExportRow, ExportRun } from "../db/sql/exports.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import { readExport, stateOf, targetOf } from "./list-exports.ts";
import { exportRules } from "./policy.ts";

const unpack = promisify(inflateRaw);

/** A file in pieces, of which any part can be read. */
export interface KeptBytes {
  /** Media type. */
  type: string;
  name: string;
  bytes: number;
  /** Stands for the content: another content has another one (RFC 9110 §8.8.3). */
  etag: string;
  /** The bytes from one place up to another, without that. */
  read(from: number, to: number): AsyncIterable<Buffer>;
}

/**
 * The file of an export that is done, for somebody who may see what is in it.
 *
 * @param from where the pieces are read, as they are sent
 * @throws export.missing export.notDone export.gone access.denied
 */
export async function downloadExport(work: Work, from: Queryable, id: string): Promise<KeptBytes> {
  const row = await readExport(work, id);
  allow(exportRules, work.actor, "export.download", targetOf(row));
  const state = stateOf(row, work.now);
  if (state === "waiting" || state === "running") throw failure("export.notDone");
  if (state !== "done") throw failure("export.gone");
  const subject = { kind: "export", id, name: row.file_name } as const;
  record(work, { type: "export.downloaded", subject, details: { data: row.wish.data, rows: row.rows } });
  return {
    type: mediaTypeOf(row),
    name: row.file_name,
    bytes: row.bytes,
    // A file never changes; one that is begun anew counts on.
    etag: `"${row.id}-${row.run}"`,
    read: (start, end) => readFile(from, row, start, end),
  };
}

const charsets = { "utf-8": "utf-8", "utf-8-bom": "utf-8", "utf-16": "utf-16", shift_jis: "shift_jis" };

function mediaTypeOf({ wish }: ExportRow): string {
  if (wish.format === "xlsx") return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  return `text/csv; charset=${charsets[wish.encoding]}; header=present`;
}

/** The bytes from one place up to another, piece by piece. */
async function* readFile(from: Queryable, run: ExportRun, start: number, end: number): AsyncGenerator<Buffer> {
  for (let place = start; place < end;) {
    const chunk = await selectChunk(from, run, place);
    // It expired while it was sent.
    if (chunk === undefined || chunk.start + chunk.size <= place) throw failure("export.gone");
    const bytes = chunk.isPacked ? await unpack(chunk.bytes) : chunk.bytes;
    yield bytes.subarray(place - chunk.start, Math.min(chunk.size, end - chunk.start));
    place = chunk.start + chunk.size;
  }
}
