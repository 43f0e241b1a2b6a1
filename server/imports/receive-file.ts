import { failure } from "../contract/failure.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import { record } from "../audit/record.ts";
import { mostWaiting } from "../contract/imports.ts";
import { countFiles, deleteImport, insertImport, lockImport, saveImport } from "../db/sql/imports.ts";
import type { ImportRow } from "../db/sql/imports.ts";
import { inWork } from "../db/work.ts";
import type { Actor, Work } from "../db/work.ts";
import type { House } from "../house.ts";
import { newId } from "../kernel/ids.ts";
import type { ImportId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { EncodingProbe } from "../sheets/detect-text.ts";
import type { Source } from "../sheets/source.ts";
import { proposeColumns } from "./match-columns.ts";
import { importRules } from "./policy.ts";
import { readHead, recognise } from "./read-file.ts";
import type { Reading } from "./read-file.ts";
import { fileWriter, storedFile } from "./stored-file.ts";

/** Names of columns of a password, whose values are not shown again. */
export const secretColumns: ReadonlySet<string | null> = new Set(["temporaryPassword", "passwordHash"]);

/**
 * Takes a file in as it comes (B1), and finds out how it is read and what its columns mean. Nothing is changed by it.
 * Of a file that cannot be read, nothing is kept.
 *
 * @throws access.denied import.tooMany and what `recognise` and `readHead` throw
 */
export async function receiveFile(
  house: House,
  by: { actor: Actor; requestId: string },
  file: { name: string; bytes: AsyncIterable<Buffer> },
): Promise<ImportRow> {
  const now = house.now();
  const id = newId<ImportId>(now);
  allow(importRules, by.actor, "import.change", null);
  if ((await countFiles(house.db)) >= mostWaiting) throw failure("import.tooMany");
  await insertImport(house.db, { id, name: file.name, by: by.actor, now });
  try {
    const writer = fileWriter(house.db, house.keyring, id);
    const probe = new EncodingProbe();
    for await (const part of file.bytes) {
      probe.push(part);
      await writer.write(part);
    }
    const size = await writer.end();
    const source = storedFile(house.db, house.keyring, id, size);
    const reading = await recognise(source, probe.end());
    return await inWork(house, by, async (work) => {
      const columns = await readColumns(work, source, reading);
      await saveImport(
        work.tx,
        id,
        { ...columnsOf(reading), columns, size_bytes: String(size), state: "matching" },
        now,
      );
      record(work, { type: "import.uploaded", details: { import: file.name, importId: id, sizeBytes: size } });
      const one = await lockImport(work.tx, id);
      if (one === undefined) throw failure("import.missing");
      return one;
    });
  } catch (error) {
    await deleteImport(house.db, id);
    throw error;
  }
}

/** The columns of a file with what they are taken for. */
export async function readColumns(work: Work, source: Source, reading: Reading): Promise<ImportRow["columns"]> {
  const { columns } = await readHead(source, reading);
  const meant = proposeColumns(
    columns.map(({ header }) => header),
    await readAttributes(work.tx),
  );
  return columns.map(({ header, samples }, at) => {
    const column = meant[at] ?? null;
    return { header, column, samples: secretColumns.has(column) ? [] : samples };
  });
}

/** The reading as the columns of an import. */
export function columnsOf(reading: Reading): Pick<ImportRow, "format" | "encoding" | "delimiter" | "sheets" | "sheet"> {
  return reading.format === "csv"
    ? { ...reading, sheets: [], sheet: null }
    : { ...reading, encoding: null, delimiter: null };
}
