import type { AttributeSet } from "../attributes/attribute-set.ts";
import { accountColumnsByKey, attributeColumnKey, attributeOfColumn, headerKey } from "../contract/account-columns.ts";
import { failure } from "../contract/failure.ts";

/** What each header of a file means, in any of its languages; null where it means nothing that can be imported. */
export function proposeColumns(headers: readonly string[], attributes: AttributeSet): (string | null)[] {
  const meanings = new Map<string, string>();
  const add = (name: string, key: string) => {
    const known = headerKey(name);
    if (known !== "" && !meanings.has(known)) meanings.set(known, key);
  };
  for (const { key, header, aliases } of accountColumnsByKey.values()) {
    for (const name of [header.en, header.ja, key, ...(aliases ?? [])]) add(name, key);
  }
  for (const { row } of attributes.list) {
    const key = attributeColumnKey(row.name);
    for (const name of [key, row.name, row.label_en, row.label_ja ?? ""]) add(name, key);
  }
  const taken = new Set<string>();
  return headers.map((header) => {
    const key = meanings.get(headerKey(header));
    if (key === undefined || !isImported(key) || taken.has(key)) return null;
    taken.add(key);
    return key;
  });
}

/**
 * Makes sure that columns can be what somebody says they are.
 *
 * @throws import.columnUnknown import.columnTwice
 */
export function checkColumns(columns: readonly (string | null)[], attributes: AttributeSet): void {
  const seen = new Set<string>();
  for (const [at, key] of columns.entries()) {
    if (key === null) continue;
    const field = `columns.${at}`;
    const name = attributeOfColumn(key);
    const isKnown = name === undefined ? isImported(key) : attributes.byName.get(name.toLowerCase())?.row.name === name;
    if (!isKnown) throw failure("import.columnUnknown", { field });
    if (seen.has(key)) throw failure("import.columnTwice", { field });
    seen.add(key);
  }
}

function isImported(key: string): boolean {
  return attributeOfColumn(key) !== undefined || accountColumnsByKey.get(key)?.isImported === true;
}
