import { readAttributes } from "../attributes/read-attributes.ts";
import { accountColumns, attributeHeaders, booleanWords } from "../contract/account-columns.ts";
import type { AccountColumn, FileLanguage } from "../contract/account-columns.ts";
import type { AttributeRow } from "../db/sql/attributes.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import type { SheetWriter } from "../sheets/sheet.ts";
import { writeCsv } from "../sheets/write-csv.ts";
import { writeXlsx } from "../sheets/write-xlsx.ts";
import { regularRole, readRoles } from "../permissions/read-role.ts";
import { importRules } from "./policy.ts";

/** Columns that somebody who begins needs; the others are in exports. */
const columns = [
  "action",
  "username",
  "displayName",
  "givenName",
  "familyName",
  "email",
  "phone",
  "title",
  "department",
  "employeeNumber",
  "locale",
  "timeZone",
  "role",
  "status",
];

const people: Readonly<Record<FileLanguage, Record<string, string>>> = {
  en: {
    displayName: "Ada Example",
    givenName: "Ada",
    familyName: "Example",
    title: "Engineer",
    department: "Research",
    locale: "en",
  },
  ja: {
    displayName: "見本 花子",
    givenName: "花子",
    familyName: "見本",
    title: "課長",
    department: "営業部",
    locale: "ja",
  },
};

/**
 * A file to begin with: one row for each action, and the attributes of the organization among the columns (B1). CSV is
 * in UTF-8 with its mark, which every spreadsheet reads.
 *
 * @throws access.denied
 */
export async function sampleFile(work: Work, language: FileLanguage, format: "csv" | "xlsx"): Promise<Buffer> {
  allow(importRules, work.actor, "import.read", null);
  const { list } = await readAttributes(work.tx);
  const own = attributeHeaders(
    list.map(({ row }) => ({ name: row.name, labels: { en: row.label_en, ja: row.label_ja } })),
    language,
  );
  const chosen = columns.flatMap((key): AccountColumn[] => accountColumns.filter((column) => column.key === key));
  const role = (await readRoles(work.tx)).find(({ id }) => id === regularRole)?.name ?? "";
  const word = (column: AccountColumn, value: string) => column.choices?.[value]?.[language] ?? value;
  const rows = (["add", "update", "delete"] as const).map((action, at) => {
    const username = `sample${at + 1}`;
    const all: Record<string, string> = {
      ...people[language],
      phone: "+81 3 1234 5678",
      employeeNumber: "0001",
      timeZone: "Asia/Tokyo",
      role,
      status: "active",
    };
    const said = {
      ...(action === "add" ? all : action === "update" ? { department: all["department"] ?? "" } : {}),
      action,
      username,
      email: `${username}@example.com`,
    } as Record<string, string>;
    return [
      ...chosen.map((column) => word(column, said[column.key] ?? "")),
      ...list.map(({ row }) => (action === "add" ? sampleValue(row, language) : "")),
    ];
  });
  const headers = [
    ...chosen.map(({ header }) => header[language]),
    ...list.map(({ row }) => own.get(row.name) ?? row.name),
  ];
  const parts: Buffer[] = [];
  const sink = async (bytes: Buffer) => void parts.push(bytes);
  const texts = headers.map((header) => ({ header, kind: "text" as const }));
  const times = { as: "iso", timeZone: "UTC" } as const;
  const writer: SheetWriter =
    format === "csv"
      ? writeCsv(texts, { encoding: "utf-8-bom", delimiter: "comma", times }, sink)
      : writeXlsx(texts, { name: "Gatehouse", times, now: work.now }, sink);
  await writer.write(rows);
  await writer.end();
  return Buffer.concat(parts);
}

function sampleValue({ type, canonical_values: choices }: AttributeRow, language: FileLanguage): string {
  if (choices[0] !== undefined) return choices[0];
  switch (type) {
    case "string":
      return "A-1";
    case "boolean":
      return booleanWords.true[language];
    case "integer":
      return "1";
    case "decimal":
      return "1.5";
    case "dateTime":
      return "2026-01-31T09:00:00Z";
    case "reference":
      return "https://example.com/1";
  }
}
