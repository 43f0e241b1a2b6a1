import { isObject } from "#scim/schema/json.ts";
import { hidden } from "../../kernel/hide-secrets.ts";
import { secretName } from "./without-secrets.ts";

/** A log is read by people: more than this of one body helps nobody, and lies in the database for weeks. */
const mostCharacters = 4000;
const mostItems = 20;
const longestText = 300;
const deepest = 8;

/**
 * The body of a request as its log may show it: JSON without the values of passwords and other secrets, long lists,
 * long texts and deep places cut.
 */
export function sentText(body: unknown): string {
  const text = JSON.stringify(shown(body, 0), undefined, 2);
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}

function shown(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.length > longestText ? `${value.slice(0, longestText)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return "…";
  if (Array.isArray(value)) {
    const items = value.slice(0, mostItems).map((item) => shown(item, depth + 1));
    return value.length > mostItems ? [...items, `… ${value.length - mostItems} more`] : items;
  }
  const entries = Object.entries(value);
  // An operation of PATCH names in its path what its value is.
  const isSecretOperation = isObject(value) && entries.some(([name, path]) => isPath(name) && isSecret(path));
  return Object.fromEntries(
    entries.slice(0, mostItems * 5).map(([name, item]) => {
      const hides = isSecret(name) || (isSecretOperation && name.toLowerCase() === "value");
      return [name, hides && item !== null ? hidden : shown(item, depth + 1)];
    }),
  );
}

function isPath(name: string): boolean {
  return name.toLowerCase() === "path";
}

function isSecret(name: unknown): boolean {
  return typeof name === "string" && secretName.test(name);
}
