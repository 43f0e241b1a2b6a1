import { expect, test } from "vitest";
import {
  accountColumns,
  accountColumnsByKey,
  attributeColumnKey,
  attributeHeaders,
  attributeOfColumn,
  guardCell,
  headerKey,
  unguardCell,
} from "./account-columns.ts";

test("[B6] no header means two columns, in any language", () => {
  const owners = new Map<string, string>();
  for (const { key, header, aliases } of accountColumnsByKey.values()) {
    for (const name of new Set([key, header.en, header.ja, ...(aliases ?? [])].map(headerKey))) {
      expect(owners.get(name) ?? key, `${name} means ${key}`).toBe(key);
      owners.set(name, key);
    }
  }
  expect(accountColumnsByKey.size).toBe(accountColumns.length);
});

test("[B6] attributes are called by their label, unless a column is called so", () => {
  const headers = attributeHeaders(
    [
      { name: "costCode", labels: { en: "Cost code", ja: "原価コード" } },
      { name: "grade", labels: { en: "Title", ja: null } },
      { name: "left", labels: { en: "Side", ja: "側" } },
      { name: "right", labels: { en: "side", ja: null } },
    ],
    "en",
  );
  expect(Object.fromEntries(headers)).toEqual({
    costCode: "Cost code",
    grade: "attributes.grade",
    left: "attributes.left",
    right: "attributes.right",
  });
  expect(attributeOfColumn(attributeColumnKey("costCode"))).toBe("costCode");
  expect(attributeOfColumn("email")).toBeUndefined();
});

test("[B4] cells that look like formulas are guarded, and what was meant comes back", () => {
  for (const text of [
    "=1+1",
    "+81 3 1234 5678",
    "-",
    "@here",
    "'=1",
    "''@",
    "'quoted'",
    "plain",
    "",
    "＝HYPERLINK()",
  ]) {
    for (const format of ["csv", "xlsx"] as const) expect(unguardCell(guardCell(text, format))).toBe(text);
    expect(guardCell(text, "csv")).not.toMatch(/^[=+\-@\t\r]/);
  }
});
