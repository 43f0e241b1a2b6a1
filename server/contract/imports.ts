import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, nothing, page, pageQuery, time } from "./shapes.ts";

/** Encodings of text files; a byte order mark is understood without being named. */
export const fileEncodings = ["utf-8", "utf-16le", "utf-16be", "shift_jis", "windows-1252"] as const;
export type FileEncoding = (typeof fileEncodings)[number];

export const fileDelimiters = ["comma", "semicolon", "tab", "bar"] as const;
export type FileDelimiter = (typeof fileDelimiters)[number];

/**
 * - matching: uploaded; which column is what can be said
 * - checking: a job reads the rows and works out what each would do
 * - ready:    every row is checked, nothing is changed; waits for a yes
 * - applying, paused: a job carries the rows out
 * - done, cancelled: over; what was done stays
 * - failed:   the file cannot be read to its end; nothing is changed
 * - undoing, undone: what was done is taken back, where nothing else has touched it
 */
export const importStates = [
  "uploading",
  "matching",
  "checking",
  "ready",
  "applying",
  "paused",
  "done",
  "cancelled",
  "failed",
  "undoing",
  "undone",
] as const;
export type ImportState = (typeof importStates)[number];

export const rowActions = ["add", "update", "delete", "none"] as const;
export type RowAction = (typeof rowActions)[number];

/** planned: will be done; kept: was touched since by something else, so that undoing left it alone. */
export const rowStates = ["planned", "unchanged", "problem", "done", "failed", "undone", "kept"] as const;
export type RowState = (typeof rowStates)[number];

/** What the rows of an import can be narrowed to. */
export const rowKinds = [
  "add",
  "update",
  "delete",
  "unchanged",
  "problem",
  "done",
  "failed",
  "left",
  "undone",
  "kept",
] as const;
export type RowKind = (typeof rowKinds)[number];

/** What an empty cell means: the value stays, or it goes. */
export const blankCells = ["keep", "clear"] as const;
export type BlankCells = (typeof blankCells)[number];

/** A file may be as large as this. */
export const mostFileBytes = 256 * 1024 * 1024;

const count = z.number().int();

/** How many files may wait at a time; those that are over do not count. */
export const mostWaiting = 50;

/** How many rows there are of each kind. */
export const importCounts = z.object({
  rows: count,
  add: count,
  update: count,
  delete: count,
  unchanged: count,
  problem: count,
  /** Carried out. */
  done: count,
  /** Refused when they were to be carried out. */
  failed: count,
  undone: count,
  kept: count,
});

const refusal = z.object({ code: z.string(), message: z.string() });

export const importRow = z.object({
  id,
  /** Name of the file. */
  name: z.string(),
  sizeBytes: count,
  state: z.enum(importStates),
  createdAt: time,
  createdBy: z.string(),
  finishedAt: time.nullable(),
  counts: importCounts,
});

export const importDetails = importRow.extend({
  format: z.enum(["csv", "xlsx"]),
  /** Null for a workbook. */
  encoding: z.enum(fileEncodings).nullable(),
  delimiter: z.enum(fileDelimiters).nullable(),
  /** Visible sheets of a workbook, and the one that is read. */
  sheets: z.array(z.string()),
  sheet: z.string().nullable(),
  /** The columns of the file in their order, with the first values of each. */
  columns: z.array(
    z.object({
      header: z.string(),
      samples: z.array(z.string()),
      /** What it is, by the key of the column (contract/account-columns.ts); null: passed over. */
      column: z.string().nullable(),
    }),
  ),
  blankCells: z.enum(blankCells),
  /** Why the file cannot be read to its end, or why carrying out stopped. */
  failure: refusal.nullable(),
  /** How far the job is: rows, of how many; 0 of 0 while that is unknown. */
  progress: z.object({ done: count, total: count }),
  confirmedAt: time.nullable(),
  confirmedBy: z.string().nullable(),
  /** Whether new accounts get the activation mail; null: as the organization says. */
  sendActivation: z.boolean().nullable(),
  /** What happens where nothing is chosen: the setting `onboarding.mailOnImport`. */
  sendsActivation: z.boolean(),
  canUndo: z.boolean(),
});

export const importedRow = z.object({
  /** As a spreadsheet counts: the headers are row 1. */
  number: count,
  action: z.enum(rowActions),
  state: z.enum(rowStates),
  /** The username, or else what the row has to find the account by. */
  name: z.string(),
  userId: id.nullable(),
  /** From what to what, by the key of the column, as texts. */
  changes: z.array(z.object({ column: z.string(), from: z.string(), to: z.string() })),
  problems: z.array(refusal.extend({ column: z.string().nullable() })),
});

const wrongState = ["import.missing", "import.wrongState"] as const;
const unreadable = [
  "import.fileKind",
  "import.fileEmpty",
  "import.fileBroken",
  "import.fileMacros",
  "import.fileProtected",
  "import.unpacksTooLarge",
  "import.encodingWrong",
  "import.quoteOpen",
  "import.cellTooLarge",
  "import.tooManyColumns",
  "import.tooManyRows",
] as const;

export const listImports = endpoint({
  method: "GET",
  path: "/imports",
  summary: "Imports, the newest first",
  permission: "accounts",
  params: nothing,
  query: z.object(pageQuery),
  body: nothing,
  status: 200,
  reply: page(importRow),
  failures: ["request.cursorInvalid"],
});

export const uploadImport = endpoint({
  method: "POST",
  path: "/imports",
  summary: "Upload a file of accounts, CSV or XLSX, as the body; nothing is changed by it yet",
  permission: "accounts",
  takesFile: { mostBytes: mostFileBytes },
  params: nothing,
  query: z.object({ name: z.string().min(1).max(255) }),
  body: nothing,
  status: 201,
  reply: importDetails,
  failures: ["request.tooLarge", "import.tooMany", ...unreadable],
});

export const getImport = endpoint({
  method: "GET",
  path: "/imports/:id",
  summary: "One import: how its file is read, how many rows do what, how far it is",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: importDetails,
  failures: ["import.missing"],
});

export const updateImport = endpoint({
  method: "PATCH",
  path: "/imports/:id",
  summary: "Say how the file is read and which column is what, before it is carried out",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: z
    .object({
      encoding: z.enum(fileEncodings),
      delimiter: z.enum(fileDelimiters),
      sheet: z.string().max(100),
      /** What each column of the file is, in their order. */
      columns: z.array(z.string().max(100).nullable()).max(500),
      blankCells: z.enum(blankCells),
    })
    .partial()
    .strict(),
  status: 200,
  reply: importDetails,
  failures: [...wrongState, ...unreadable, "import.columnTwice", "import.columnUnknown"],
});

export const importActions = ["check", "confirm", "pause", "resume", "cancel", "undo"] as const;
export type ImportAction = (typeof importActions)[number];

export const actOnImport = endpoint({
  method: "POST",
  path: "/imports/:id/actions",
  summary: "Check the rows, carry them out, pause, go on, stop for good, or take back what was done",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: z
    .object({
      action: z.enum(importActions),
      /** With confirm: send new accounts the activation mail; left out: as the organization setting says. */
      sendActivation: z.boolean().optional(),
    })
    .strict(),
  status: 200,
  reply: importDetails,
  failures: [...wrongState, "import.keyMissing", "import.nothingToDo"],
});

export const listImportRows = endpoint({
  method: "GET",
  path: "/imports/:id/rows",
  summary: "Rows of an import: what each would do or did, and what is wrong with it",
  permission: "accounts",
  params: byId,
  query: z.object({ ...pageQuery, kind: z.enum(rowKinds).optional() }),
  body: nothing,
  status: 200,
  reply: page(importedRow),
  failures: ["import.missing", "request.cursorInvalid"],
});

export const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const language = z.enum(["en", "ja"]).default("en");

export const downloadImportResult = endpoint({
  method: "GET",
  path: "/imports/:id/result",
  summary: "The rows of the file with what became of each, as CSV",
  permission: "accounts",
  givesFile: ["text/csv"],
  params: byId,
  query: z.object({ language, kind: z.enum(rowKinds).optional() }),
  body: nothing,
  status: 200,
  reply: nothing,
  failures: ["import.missing", "import.wrongState"],
});

export const downloadImportSample = endpoint({
  method: "GET",
  path: "/imports/sample",
  summary: "A file to begin with, made of the organization's own attributes, with one row for each action",
  permission: "accounts",
  givesFile: ["text/csv", workbookType],
  params: nothing,
  query: z.object({ language, format: z.enum(["csv", "xlsx"]).default("csv") }),
  body: nothing,
  status: 200,
  reply: nothing,
  failures: [],
});
