import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { StartError } from "#server/kernel/start-error.ts";
import { UsageError } from "../../command.ts";
import type { Person, Roster, Team } from "./roster.ts";

const own = new URL(".", import.meta.url);
const beside = new URL("../../../../../shared/data/", import.meta.url);

/** Columns without which a person cannot be pushed. */
const needed = ["employeeNumber", "userName", "displayName"];

/**
 * Reads people and groups from CSV files: those that are given, else those beside the project, else the small ones that
 * come with it.
 *
 * @throws UsageError a file that cannot be read, or lacks a column
 */
export async function readRoster(files: { roster: string | undefined; groups: string | undefined }): Promise<Roster> {
  const base = existsSync(new URL("roster.csv", beside)) ? beside : own;
  const standard = (name: string) => fileURLToPath(new URL(name, base));
  const rosterFile = files.roster ?? standard("roster.csv");
  // Groups of another roster would name people who are not in this one.
  const groupsFile = files.groups ?? (files.roster === undefined ? standard("groups.csv") : undefined);
  const people = (await readRows("--roster", rosterFile, needed)).map(toPerson);
  const rows = groupsFile === undefined ? [] : await readRows("--groups", groupsFile, ["group", "employeeNumber"]);
  return { people, teams: toTeams(rows) };
}

type Row = Record<string, string>;

async function readRows(flag: string, file: string, columns: readonly string[]): Promise<Row[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(`\`${flag}\` names ${file}, which cannot be read (${codeOf(error)}).`);
  });
  const rows = await parse(flag, file, text);
  const first = rows[0];
  const missing = columns.find((column) => first !== undefined && !(column in first));
  if (missing !== undefined) throw new UsageError(`\`${flag}\` names ${file}, which has no column ${missing}.`);
  return rows;
}

async function parse(flag: string, file: string, text: string): Promise<Row[]> {
  const parser = await import("csv-parse/sync").catch(() => {
    throw new StartError("The demo needs the packages for development; it runs in a clone, not in an image.");
  });
  try {
    return parser.parse<Row>(text, { columns: true, bom: true, skipEmptyLines: true });
  } catch (error) {
    throw new UsageError(`\`${flag}\` names ${file}, which is no CSV: ${error instanceof Error ? error.message : ""}`);
  }
}

function toPerson(row: Row): Person {
  const text = (column: string) => row[column] ?? "";
  return {
    employeeNumber: text("employeeNumber"),
    externalId: text("externalId"),
    userName: text("userName"),
    givenName: text("givenName"),
    familyName: text("familyName"),
    displayName: text("displayName"),
    workEmail: text("workEmail"),
    homeEmail: text("homeEmail"),
    phone: text("phone"),
    title: text("title"),
    department: text("department"),
    site: text("site"),
    costCenter: text("costCenter"),
    manager: text("manager"),
    locale: text("locale"),
    timezone: text("timezone"),
    isActive: text("active") !== "false",
  };
}

function toTeams(rows: readonly Row[]): Team[] {
  const teams = new Map<string, string[]>();
  for (const { group = "", employeeNumber = "" } of rows) {
    const members = teams.get(group);
    if (members === undefined) teams.set(group, [employeeNumber]);
    else members.push(employeeNumber);
  }
  return [...teams].map(([name, members]) => ({ name, members }));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
