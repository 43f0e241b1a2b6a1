import {
  accountColumns,
  accountColumnsByKey,
  attributeColumnKey,
  attributeOfColumn,
} from "#contract/account-columns.ts";
import { labelOf } from "#console/attributes/attribute-values.ts";
import type { Definition } from "#console/attributes/attribute-values.ts";
import { say, viewer } from "#console/words/say.svelte.ts";

/** What a column of an account file is called. */
export function columnName(key: string, attributes: readonly Definition[]): string {
  const name = attributeOfColumn(key);
  if (name === undefined) return accountColumnsByKey.get(key)?.header[viewer.language] ?? key;
  const attribute = attributes.find((one) => one.name === name);
  return attribute === undefined ? name : labelOf(attribute);
}

/** A value of a column in the viewer's words. */
export function valueName(key: string, value: string): string {
  if (value === "") return say.imports.blank;
  const column = accountColumnsByKey.get(key);
  if (column?.kind === "boolean") return value === "true" ? say.filters.yes : say.filters.no;
  return column?.choices?.[value]?.[viewer.language] ?? value.replaceAll("\n", say.list.comma);
}

/** What a column of a file can be: those of accounts, then the organization's own. */
export function columnOptions(attributes: readonly Definition[]): { key: string; isOwn: boolean }[] {
  return [
    ...accountColumns.filter(({ isImported }) => isImported).map(({ key }) => ({ key, isOwn: false })),
    ...attributes.map(({ name }) => ({ key: attributeColumnKey(name), isOwn: true })),
  ];
}
