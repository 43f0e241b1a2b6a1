import { attributeColumnKey, attributeHeaders } from "#contract/account-columns.ts";
import { columnsOf } from "#contract/export-columns.ts";
import type { ExportData } from "#contract/export-columns.ts";
import type { ExportDelimiter, ExportEncoding, ExportFormat, NewExport } from "#contract/exports.ts";
import type { Definition } from "#console/attributes/attribute-values.ts";
import type { ticks } from "#console/bulk/ticks.svelte.ts";
import { logQuery } from "#console/logs/log-query.ts";
import { filterOf } from "#console/users/list-query.ts";
import type { Address } from "#console/list/address.ts";

type Language = NonNullable<NewExport["language"]>;

/** What is chosen in the form. */
export interface ExportValues extends Record<string, unknown> {
  data: ExportData;
  /** all: everybody, or all events; filter: as the list or the log is narrowed from which the form was opened. */
  who: "all" | "filter" | "ticked";
  activeOnly: boolean;
  consentOnly: boolean;
  createdAfter: string;
  createdBefore: string;
  /** Empty: the usual ones. */
  columns: string[];
  format: ExportFormat;
  encoding: ExportEncoding;
  delimiter: ExportDelimiter;
  times: "iso" | "unix";
  timeZone: string;
  language: Language;
}

type UsersFilter = NonNullable<NewExport["users"]>;
type EventsFilter = NonNullable<NewExport["events"]>;

/** How the user list was narrowed when the form was opened from it; undefined when it was not. */
export function usersFilterOf(url: Address): UsersFilter | undefined {
  const filter = filterOf(url);
  return Object.keys(filter).length === 0 ? undefined : filter;
}

/** Those who are ticked in the user list: one by one, or all who match a filter but for some. */
export function tickedUsers(selection: (typeof ticks)["selection"]): UsersFilter {
  if ("ids" in selection) return { ids: selection.ids };
  if (!("filter" in selection)) return {};
  return { ...selection.filter, ...(selection.except?.length ? { except: selection.except } : {}) };
}

/** The same of the log. */
export function eventsFilterOf(url: Address): EventsFilter | undefined {
  const { cursor: _, limit: __, ...filter } = logQuery(url);
  return Object.values(filter).some((value) => value !== undefined) ? filter : undefined;
}

/** A column that can be chosen. */
export interface Choice {
  key: string;
  label: string;
  isUsual: boolean;
}

/** The columns that a file of some data can have, in their order. */
export function choicesOf(data: ExportData, definitions: readonly Definition[], language: Language): Choice[] {
  const own = columnsOf(data).map(({ key, header, isUsual }) => ({ key, label: header[language], isUsual }));
  if (data !== "accounts") return own;
  const headers = attributeHeaders(definitions, language);
  const attributes = definitions.map(({ name }) => ({
    key: attributeColumnKey(name),
    label: headers.get(name) ?? name,
    isUsual: true,
  }));
  return [...own, ...attributes];
}

/** What is sent. */
export function exportBody(
  values: ExportValues,
  narrowing: { users: UsersFilter | undefined; events: EventsFilter | undefined; ticked: UsersFilter | undefined },
): NewExport {
  const { data, columns, format, encoding, delimiter, times, timeZone, language } = values;
  const csv = format === "csv" ? { encoding, delimiter } : {};
  const common = { data, format, ...csv, times, timeZone, language, ...(columns.length === 0 ? {} : { columns }) };
  if (data === "log") {
    return values.who === "filter" && narrowing.events !== undefined ? { ...common, events: narrowing.events } : common;
  }
  const users = {
    ...(values.who === "filter" ? narrowing.users : {}),
    ...(values.who === "ticked" ? narrowing.ticked : {}),
    ...(values.activeOnly ? { activeOnly: true } : {}),
    ...(values.consentOnly ? { consentOnly: true } : {}),
    ...momentIn("createdAfter", values.createdAfter),
    ...momentIn("createdBefore", values.createdBefore),
  };
  return Object.keys(users).length === 0 ? common : { ...common, users };
}

/** A field of date and time has no zone: what is typed is in the zone of the browser. */
function momentIn(key: "createdAfter" | "createdBefore", typed: string): Partial<UsersFilter> {
  const time = new Date(typed);
  return typed === "" || Number.isNaN(time.getTime()) ? {} : { [key]: time.toISOString() };
}
