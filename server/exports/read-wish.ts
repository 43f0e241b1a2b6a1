import type { AttributeSet } from "../attributes/attribute-set.ts";
import { requireAttribute } from "../attributes/custom-values.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import { attributeColumnKey, attributeHeaders, attributeOfColumn } from "../contract/account-columns.ts";
import { columnsOf } from "../contract/export-columns.ts";
import type { ExportData } from "../contract/export-columns.ts";
import type { NewExport } from "../contract/exports.ts";
import { failure } from "../contract/failure.ts";
import type { Queryable } from "../db/queryable.ts";
import type { EventListFilter } from "../db/sql/event-list.ts";
import type { ExportedUsersFilter, ExportQuestion } from "../db/sql/export-rows.ts";
import type { ExportWish } from "../db/sql/exports.ts";
import type { UserId } from "../kernel/ids.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { SheetColumn } from "../sheets/sheet.ts";
import { readUserFilter } from "../users/find-users.ts";
import { cellReader } from "./cells.ts";
import type { CellReader } from "./cells.ts";

/**
 * What is wished, with what was left out filled in.
 *
 * @throws export.columnUnknown user.timeZoneInvalid request.invalid attribute.unknown attribute.valueInvalid
 */
export async function fillWish(from: Queryable, wished: NewExport): Promise<ExportWish> {
  const settings = await readSettings(from);
  const { data } = wished;
  if (data === "log" && wished.users !== undefined) throw misplaced("users");
  if (data !== "log" && wished.events !== undefined) throw misplaced("events");
  const timeZone = wished.timeZone ?? settings["organization.timeZone"];
  if (!isTimeZone(timeZone)) throw failure("user.timeZoneInvalid", { field: "timeZone" });
  const columns = wished.columns ?? usualColumns(data, await readAttributes(from));
  const wish: ExportWish = {
    data,
    format: wished.format ?? "csv",
    columns: [...new Set(columns)],
    users: isNarrowing(wished.users) ? wished.users : null,
    events: isNarrowing(wished.events) ? wished.events : null,
    encoding: wished.encoding ?? "utf-8",
    delimiter: wished.delimiter ?? "comma",
    times: wished.times ?? "iso",
    timeZone,
    language: wished.language ?? "en",
  };
  // Refuses now what could not be read later.
  await readWish(from, wish, { now: new Date(), showsAddresses: false });
  return wish;
}

/** A wish that can be carried out: what to read, and how each value becomes a cell. */
interface ReadWish {
  question: ExportQuestion;
  columns: SheetColumn[];
  cells: CellReader[];
}

/** @throws export.columnUnknown request.invalid attribute.unknown attribute.valueInvalid */
export async function readWish(
  from: Queryable,
  wish: ExportWish,
  { now, showsAddresses }: { now: Date; showsAddresses: boolean },
): Promise<ReadWish> {
  const attributes = await readAttributes(from);
  const { language } = wish;
  const known = new Map(columnsOf(wish.data).map((column) => [column.key, column]));
  const headers = attributeHeaders(
    attributes.list.map(({ row }) => ({ name: row.name, labels: { en: row.label_en, ja: row.label_ja } })),
    language,
  );
  const question: ExportQuestion["columns"][number][] = [];
  const columns: SheetColumn[] = [];
  const cells: CellReader[] = [];
  for (const key of wish.columns) {
    const name = wish.data === "accounts" ? attributeOfColumn(key) : undefined;
    const column = known.get(key);
    if (name !== undefined) {
      const { row } = requireAttribute(attributes, name, "columns");
      const kind = attributeKind(row.type, row.is_multi_valued);
      question.push({ attribute: row.number, isMultiValued: row.is_multi_valued });
      columns.push({ header: headers.get(row.name) ?? row.name, kind: kind === "number" ? "number" : "text" });
      cells.push(cellReader({ key, kind }, language, showsAddresses));
    } else if (column !== undefined) {
      const { kind } = column;
      question.push(key);
      columns.push({ header: column.header[language], kind: kind === "number" || kind === "time" ? kind : "text" });
      cells.push(cellReader(column, language, showsAddresses));
    } else {
      const says = `These data have no column ${JSON.stringify(key)}.`;
      throw failure("export.columnUnknown", { field: "columns", says });
    }
  }
  return {
    question: {
      data: wish.data,
      columns: question,
      users: wish.users === null ? undefined : await usersFilter(from, wish.users),
      events: wish.events === null ? undefined : eventsFilter(wish.events),
      now,
    },
    columns,
    cells,
  };
}

/** The columns that a file has when nobody chooses. */
function usualColumns(data: ExportData, attributes: AttributeSet): string[] {
  const usual = columnsOf(data).filter(({ isUsual }) => isUsual);
  const own = data === "accounts" ? attributes.list.map(({ row }) => attributeColumnKey(row.name)) : [];
  return [...usual.map(({ key }) => key), ...own];
}

function attributeKind(type: string, isMultiValued: boolean): "lines" | "boolean" | "number" | "text" {
  if (isMultiValued) return "lines";
  if (type === "boolean") return "boolean";
  return type === "integer" || type === "decimal" ? "number" : "text";
}

async function usersFilter(from: Queryable, users: NonNullable<ExportWish["users"]>): Promise<ExportedUsersFilter> {
  const { consentOnly, activeOnly, ids, except, ...words } = users;
  return {
    ...(await readUserFilter(from, words)),
    consentOnly: consentOnly === true,
    activeOnly: activeOnly === true,
    ...(ids === undefined ? {} : { ids: ids as UserId[] }),
    ...(except === undefined ? {} : { except: except as UserId[] }),
  };
}

function eventsFilter({ after, before, ...filter }: NonNullable<ExportWish["events"]>): EventListFilter {
  return {
    ...filter,
    after: after === undefined ? undefined : new Date(after),
    before: before === undefined ? undefined : new Date(before),
  };
}

function isNarrowing<Filter extends object>(filter: Filter | undefined): filter is Filter {
  return filter !== undefined && Object.values(filter).some((value) => value !== undefined && value !== false);
}

function misplaced(field: "users" | "events") {
  const says = field === "users" ? "A log is not narrowed by users." : "Only a log is narrowed by events.";
  return failure("request.invalid", { field, says });
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    // RangeError is how Intl says that it does not know the zone.
    return false;
  }
}
