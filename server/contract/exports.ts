import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { exportData } from "./export-columns.ts";
import { listEvents } from "./records.ts";
import { byId, id, noReply, nothing, page, pageQuery, time } from "./shapes.ts";
import { userFilter } from "./users.ts";

export const exportFormats = ["csv", "xlsx"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Of CSV alone; a workbook is Unicode. UTF-16 is little-endian with its mark. */
export const exportEncodings = ["utf-8", "utf-8-bom", "utf-16", "shift_jis"] as const;
export type ExportEncoding = (typeof exportEncodings)[number];

/** What stands between cells of CSV. */
export const exportDelimiters = ["comma", "semicolon", "tab"] as const;
export type ExportDelimiter = (typeof exportDelimiters)[number];

/** Moments as ISO 8601 in a time zone (dates in a workbook), or as whole seconds since 1970. */
export const exportTimes = ["iso", "unix"] as const;

export const exportLanguages = ["en", "ja"] as const;

/** expired: the file is gone. */
export const exportStates = ["waiting", "running", "done", "failed", "cancelled", "expired"] as const;
export type ExportState = (typeof exportStates)[number];

/** How many may wait or be under way at a time. */
export const mostExportsAtOnce = 20;
/** How many users can be ticked. */
export const mostTicked = 10_000;

const eventFilter = listEvents.query.omit({ cursor: true, limit: true });

/** Which users: the filter of the user list, and more. All of it must hold. */
export const exportedUsers = z
  .object({
    ...userFilter,
    /** Only those who consented to marketing. */
    consentOnly: z.boolean().optional(),
    /** Only those whose status is active. */
    activeOnly: z.boolean().optional(),
    /** Only these. */
    ids: z.array(id).min(1).max(mostTicked).optional(),
    /** All but these. */
    except: z.array(id).max(1000).optional(),
  })
  .strict();

/** Which events: the filter of the log. */
export const exportedEvents = eventFilter.strict();

const wish = {
  data: z.enum(exportData),
  format: z.enum(exportFormats),
  /** Keys of columns, in their order; an attribute of the organization is `attributes.NAME`. */
  columns: z.array(z.string().max(200)).min(1).max(200),
  users: exportedUsers,
  events: exportedEvents,
  encoding: z.enum(exportEncodings),
  delimiter: z.enum(exportDelimiters),
  times: z.enum(exportTimes),
  /** The zone of moments: Asia/Tokyo. */
  timeZone: z.string().max(64),
  /** The language of headers and of words such as yes and no. */
  language: z.enum(exportLanguages),
};

const { data, ...choices } = wish;

/** What to export. What is left out is: the usual columns, everybody, CSV in UTF-8, the zone of the organization. */
export const newExport = z.object({ data, ...z.object(choices).partial().shape }).strict();
export type NewExport = z.output<typeof newExport>;

export const exportRow = z.object({
  id,
  ...wish,
  /** Null for all. */
  users: exportedUsers.nullable(),
  events: exportedEvents.nullable(),
  state: z.enum(exportStates),
  fileName: z.string(),
  requestedBy: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string() }),
  /** Rows that are written, and that there will be; null until they are counted. */
  rows: z.number().int(),
  rowsTotal: z.number().int().nullable(),
  /** Size of the file as far as it is written. */
  bytes: z.number().int(),
  /** Characters that the encoding lacks: others stand in their place. */
  replaced: z.number().int(),
  /** Texts that were cut, because a cell holds no more. */
  cut: z.number().int(),
  /** Why it failed: a failure code. */
  reason: z.string().nullable(),
  /** Whether whoever asks may have the file now. */
  mayDownload: z.boolean(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  /** When the file goes. */
  expiresAt: time.nullable(),
});

export const listExports = endpoint({
  method: "GET",
  path: "/exports",
  summary: "Files that were exported, newest first",
  permission: "export",
  params: nothing,
  query: z.object(pageQuery),
  body: nothing,
  status: 200,
  reply: page(exportRow),
  failures: ["request.cursorInvalid"],
});

export const createExport = endpoint({
  method: "POST",
  path: "/exports",
  summary: "Export data to a file, which is made in the background; needs the permission to see the data, too",
  permission: "export",
  params: nothing,
  query: nothing,
  body: newExport,
  status: 201,
  reply: exportRow,
  failures: [
    "export.columnUnknown",
    "export.tooMany",
    "user.timeZoneInvalid",
    "attribute.unknown",
    "attribute.valueInvalid",
  ],
});

export const getExport = endpoint({
  method: "GET",
  path: "/exports/:id",
  summary: "How far an export is",
  permission: "export",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: exportRow,
  failures: ["export.missing"],
});

export const cancelExport = endpoint({
  method: "POST",
  path: "/exports/:id/cancel",
  summary: "Stop an export that is not done",
  permission: "export",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: exportRow,
  failures: ["export.missing", "export.over"],
});

export const deleteExport = endpoint({
  method: "DELETE",
  path: "/exports/:id",
  summary: "Delete an exported file before it expires; one that is not done is stopped",
  permission: "export",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["export.missing"],
});

export const downloadExport = endpoint({
  method: "GET",
  path: "/exports/:id/file",
  summary: "The file. A download that broke off goes on with a Range header",
  permission: "export",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  givesFile: ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  reply: noReply,
  failures: ["export.missing", "export.notDone", "export.gone"],
});
