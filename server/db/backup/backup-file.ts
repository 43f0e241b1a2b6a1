import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { z } from "zod";

/** What stands in the first line: of which house the backup is, and what reads it. */
export const head = z.object({
  format: z.literal(1),
  takenAt: z.iso.datetime(),
  issuer: z.string(),
  /** Sealed by the secret key: whoever opens it has the key of everything else. */
  keyProof: z.string(),
  migrations: z.array(z.string()),
});

export type Head = z.infer<typeof head>;

/** Rows of one table in PostgreSQL's text form of COPY, or the jobs that waited. */
export interface Section {
  table: string;
  columns: string[];
  rows: AsyncIterable<Buffer>;
}

const section = z.object({ table: z.string(), columns: z.array(z.string()).min(1) });
const foot = z.object({ end: z.literal(true) });

/** What is read is no backup, or not a whole one. */
export class DamagedBackup extends Error {
  override name = "DamagedBackup";
}

// A row of COPY's text form never begins like this: a backslash in it is written twice.
const endOfRows = Buffer.from("\\.\n");
const longestLine = 1_000_000;

/**
 * Writes a backup: gzip of a line of JSON, then for each table a line of JSON and its rows, ended by `\.`, then a line
 * that says that nothing is missing. It lies under its name only when it is whole, readable for its owner alone.
 *
 * @throws Error with the code EEXIST when there is a file of that name being written
 */
export async function writeBackupFile(file: string, first: Head, sections: AsyncIterable<Section>): Promise<void> {
  const part = `${file}.part`;
  const to = createWriteStream(part, { flags: "wx", mode: 0o600, flush: true });
  try {
    await pipeline(Readable.from(piecesOf(first, sections)), createGzip({ level: 4 }), to);
    await rename(part, file);
  } catch (error) {
    if (!isCode(error, "EEXIST")) await rm(part, { force: true });
    throw error;
  }
}

async function* piecesOf(first: Head, sections: AsyncIterable<Section>): AsyncGenerator<Buffer> {
  yield lineOf(first);
  for await (const { table, columns, rows } of sections) {
    yield lineOf({ table, columns });
    yield* rows;
    yield endOfRows;
  }
  yield lineOf({ end: true });
}

/**
 * Reads a backup. The rows of a section must be read before the next section is asked for.
 *
 * @throws DamagedBackup it is no backup, or it ends before its end
 */
export async function openBackupFile(file: string): Promise<{ head: Head; sections: AsyncGenerator<Section> }> {
  const source = createReadStream(file);
  const clear = source.pipe(createGunzip());
  source.on("error", (error) => clear.destroy(error));
  const reader = new Reader(clear);
  const first = head.safeParse(await reader.line());
  if (!first.success) throw new DamagedBackup(`${file} is no backup of Gatehouse, or of a release that is newer.`);
  return { head: first.data, sections: sectionsOf(reader) };
}

async function* sectionsOf(reader: Reader): AsyncGenerator<Section> {
  for (;;) {
    const line = await reader.line();
    if (foot.safeParse(line).success) return;
    const next = section.safeParse(line);
    if (!next.success) throw new DamagedBackup("The backup is damaged: a table has no name.");
    yield { ...next.data, rows: reader.rows() };
  }
}

/** Cuts what is read into lines of JSON and blocks of rows. */
class Reader {
  #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(from: AsyncIterable<Buffer>) {
    this.#pieces = from[Symbol.asyncIterator]();
  }

  async line(): Promise<unknown> {
    let end: number;
    while ((end = this.#rest.indexOf("\n")) === -1) {
      if (this.#rest.length > longestLine) throw new DamagedBackup("This is no backup of Gatehouse.");
      await this.#more();
    }
    const text = this.#rest.subarray(0, end).toString("utf8");
    this.#rest = this.#rest.subarray(end + 1);
    try {
      return JSON.parse(text);
    } catch {
      throw new DamagedBackup("The backup is damaged: a line in it cannot be read.");
    }
  }

  async *rows(): AsyncGenerator<Buffer> {
    while (this.#rest.length < endOfRows.length) await this.#more();
    if (this.#rest.subarray(0, endOfRows.length).equals(endOfRows)) {
      this.#rest = this.#rest.subarray(endOfRows.length);
      return;
    }
    const last = Buffer.concat([Buffer.from("\n"), endOfRows]);
    for (;;) {
      const end = this.#rest.indexOf(last);
      if (end !== -1) {
        yield this.#rest.subarray(0, end + 1);
        this.#rest = this.#rest.subarray(end + last.length);
        return;
      }
      // The end may begin in the last bytes that are there.
      const whole = Math.max(0, this.#rest.length - last.length);
      if (whole > 0) yield this.#rest.subarray(0, whole);
      this.#rest = this.#rest.subarray(whole);
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    let next: IteratorResult<Buffer>;
    try {
      next = await this.#pieces.next();
    } catch (error) {
      if (isCode(error, "ENOENT") || isCode(error, "EACCES") || isCode(error, "EISDIR")) throw error;
      throw new DamagedBackup("The backup is damaged: it cannot be unpacked to its end.", { cause: error });
    }
    if (next.done === true) throw new DamagedBackup("The backup is damaged: its end is missing.");
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
  }
}

function lineOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
