import { open, rename, rm } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { record } from "#server/audit/record.ts";
import { exportData } from "#server/contract/export-columns.ts";
import { exportFormats, newExport } from "#server/contract/exports.ts";
import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { beginWish } from "#server/exports/request-export.ts";
import { writeExport } from "#server/exports/write-export.ts";
import type { House } from "#server/house.ts";
import { SheetTooLarge } from "#server/sheets/sheet.ts";
import { resolveUser } from "#server/users/read-user.ts";
import { UsageError } from "../command.ts";
import { flagName } from "../words/flag-name.ts";

interface Flags {
  format: string | undefined;
  columns: string[] | undefined;
  encoding: string | undefined;
  delimiter: string | undefined;
  times: string | undefined;
  timeZone: string | undefined;
  language: string | undefined;
  search: string | undefined;
  status: string[] | undefined;
  group: string | undefined;
  role: string | undefined;
  directory: string | undefined;
  attribute: string | undefined;
  users: string[] | undefined;
  createdAfter: string | undefined;
  createdBefore: string | undefined;
  consentOnly: boolean;
  activeOnly: boolean;
  type: string | undefined;
  outcome: string | undefined;
  after: string | undefined;
  before: string | undefined;
  replace: boolean;
}

export interface Written {
  file: string;
  data: string;
  rows: number;
  bytes: number;
  replaced: number;
  cut: number;
}

const tellMs = 500;

class Interrupted extends Error {}

/**
 * Writes an export straight into a file, which is there when it is whole.
 *
 * @throws UsageError and what `beginWish` throws
 */
export async function exportToFile(
  house: House,
  work: <Result>(act: (work: Work) => Promise<Result>) => Promise<Result>,
  data: string,
  file: string,
  flags: Flags,
): Promise<Written> {
  const path = resolve(file);
  const partial = `${path}.part`;
  if (!flags.replace && (await exists(path))) {
    throw new UsageError(`There is a file \`${file}\` already; \`--replace\` writes over it.`);
  }
  const { id, wish, fileName } = await work(async (one) => await beginWish(one, await wishOf(one, data, path, flags)));
  const subject = { kind: "export", id, name: fileName } as const;
  const handle = await open(partial, "w", 0o600).catch((error: Error) => {
    throw new UsageError(`\`${file}\` cannot be written: ${error.message}.`);
  });
  const interrupt = watchInterrupt();
  try {
    let bytes = 0;
    const asked = { now: house.now(), showsAddresses: true };
    const done = await writeExport(
      house.db,
      wish,
      asked,
      async (piece) => {
        bytes += piece.length;
        await handle.write(piece);
      },
      progress(interrupt),
    );
    await handle.sync();
    await handle.close();
    await rename(partial, path);
    await work(async (one) => record(one, { type: "export.finished", subject, details: { data: wish.data, ...done } }));
    return { file: path, data: wish.data, bytes, ...done };
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(partial, { force: true });
    const reason = error instanceof SheetTooLarge ? "export.tooLarge" : "export.failed";
    await work(async (one) =>
      error instanceof Interrupted
        ? record(one, { type: "export.cancelled", subject })
        : record(one, { type: "export.failed", outcome: "failure", reason, subject }),
    );
    if (error instanceof SheetTooLarge) throw failure("export.tooLarge");
    if (error instanceof Interrupted) throw new UsageError("Interrupted: there is no file.");
    throw error;
  } finally {
    interrupt.stop();
  }
}

async function wishOf(work: Work, data: string, path: string, flags: Flags) {
  if (!exportData.some((one) => one === data)) {
    throw new UsageError(`DATA is one of ${exportData.join(", ")}, not \`${data}\`.`);
  }
  const format = flags.format ?? extname(path).slice(1).toLowerCase();
  if (!exportFormats.some((one) => one === format)) {
    throw new UsageError("Let FILE end with .csv or .xlsx, or say `--format`.");
  }
  const ids: string[] = [];
  for (const named of flags.users ?? []) ids.push(await resolveUser(work, named));
  const isLog = data === "log";
  const users = {
    q: isLog ? undefined : flags.search,
    status: flags.status?.join(","),
    group: flags.group,
    role: flags.role,
    directory: flags.directory,
    attribute: flags.attribute,
    createdAfter: flags.createdAfter,
    createdBefore: flags.createdBefore,
    consentOnly: flags.consentOnly ? true : undefined,
    activeOnly: flags.activeOnly ? true : undefined,
    ids: ids.length === 0 ? undefined : ids,
  };
  const { type, outcome, after, before } = flags;
  const events = { q: isLog ? flags.search : undefined, type, outcome, after, before };
  const { columns, encoding, delimiter, times, timeZone, language } = flags;
  const wished = newExport.safeParse({
    data,
    format,
    columns,
    encoding,
    delimiter,
    times,
    timeZone,
    language,
    ...(isEmpty(users) ? {} : { users }),
    ...(isEmpty(events) ? {} : { events }),
  });
  if (wished.success) return wished.data;
  const [issue] = wished.error.issues;
  throw new UsageError(`\`${flagName(String(issue?.path.at(-1) ?? ""))}\` is not right: ${issue?.message ?? ""}.`);
}

function isEmpty(values: Record<string, unknown>): boolean {
  return Object.values(values).every((value) => value === undefined);
}

/** Somebody who waits at a terminal sees how far it is. */
function progress(interrupt: { isAsked: boolean }) {
  let toldAt = performance.now();
  return async (rows: number, total: number) => {
    if (interrupt.isAsked) throw new Interrupted();
    if (!process.stderr.isTTY || (performance.now() - toldAt < tellMs && rows < total)) return;
    toldAt = performance.now();
    const share = total === 0 ? 100 : Math.min(100, Math.floor((rows / total) * 100));
    process.stderr.write(`\r${rows} of ${total} rows, ${share}%${rows >= total ? "\n" : ""}`);
    await Promise.resolve();
  };
}

function watchInterrupt(): { isAsked: boolean; stop(): void } {
  const asked = () => (interrupt.isAsked = true);
  const interrupt = {
    isAsked: false,
    stop: () => void process.off("SIGINT", asked).off("SIGTERM", asked),
  };
  process.on("SIGINT", asked).on("SIGTERM", asked);
  return interrupt;
}

async function exists(path: string): Promise<boolean> {
  try {
    await (await open(path, "r")).close();
    return true;
  } catch {
    return false;
  }
}
