import { readAttributes } from "../attributes/read-attributes.ts";
import { accountColumns, attributeHeaders, booleanWords } from "../contract/account-columns.ts";
import type { AccountColumn, FileLanguage } from "../contract/account-columns.ts";
import type { AttributeRow } from "../db/sql/attributes.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import { regularRole, readRoles } from "../permissions/read-role.ts";
import { importRules } from "./policy.ts";
import { csvLine } from "./result-file.ts";

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
 * A file to begin with: one row for each action, and the attributes of the organization among the columns (B1). In
 * UTF-8 with its mark, which every spreadsheet reads.
 *
 * @throws access.denied
 */
export async function sampleFile(work: Work, language: FileLanguage): Promise<Buffer> {
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
  return Buffer.from(`\uFEFF${[headers, ...rows].map(csvLine).join("")}`);
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
