import { readAttributes } from "../attributes/read-attributes.ts";
import { attributeOfColumn } from "../contract/account-columns.ts";
import { describePeople, findGroupsByName, findHoldersOfValues, findPeople } from "../db/sql/import-people.ts";
import type { NamedGroup } from "../db/sql/import-people.ts";
import { selectKeys } from "../db/sql/imports.ts";
import type { ImportRow, RowKey } from "../db/sql/imports.ts";
import { lockUsers, selectUsers } from "../db/sql/users.ts";
import type { Queryable } from "../db/queryable.ts";
import type { Actor } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { readRoles } from "../permissions/read-role.ts";
import { readSettings } from "../settings/read-settings.ts";
import { meantText, readLines } from "./cell-words.ts";
import { idsIn, planRow, uniqueKeys } from "./plan-row.ts";
import type { GivenRow, PlanContext, RowPlan } from "./plan-row.ts";
import { RowsAbove } from "./rows-above.ts";

/** What goes on from one batch to the next while a file is checked. */
export interface Tallies {
  seats: { left: number };
  administrators: Set<string>;
}

export const noLimit: Readonly<Pick<Tallies, "seats">> = { seats: { left: Number.POSITIVE_INFINITY } };

/**
 * Works out what some rows of a file would do, with a handful of statements for all of them.
 *
 * @param how.lock   locks the accounts that are meant, for those who carry the rows out
 * @param how.keys   asks what rows of earlier batches have taken, for those who check
 * @returns the plans in the order of the rows, and what they take
 */
export async function planBatch(
  from: Queryable,
  one: ImportRow,
  actor: Actor,
  rows: readonly GivenRow[],
  how: { lock: boolean; keys: boolean } & Tallies,
): Promise<{ plans: RowPlan[]; taken: RowKey[] }> {
  const columns = one.columns.map(({ column }) => column);
  const said = (row: GivenRow, column: string) => {
    const at = columns.indexOf(column);
    return at < 0 ? "" : meantText(row.cells[at] ?? "");
  };
  const small = (column: string) => [...new Set(rows.map((row) => said(row, column).toLowerCase()))].filter(isKept);
  const usernames = [...new Set([...small("username"), ...small("manager")])];
  const found = await findPeople(from, { ids: small("id").flatMap(idsIn), usernames, emails: small("email") });
  const ids = found.map(({ id }) => id);
  const people = how.lock ? await lockUsers(from, ids) : await selectUsers(from, ids);
  const extras = await describePeople(from, ids);
  const attributes = await readAttributes(from);
  const groups = await findGroups(
    from,
    rows.map((row) => said(row, "groups")),
  );
  const unique = attributes.list.filter(({ row }) => row.is_unique && columns.some((key) => isOf(key, row.name)));
  const values = unique.flatMap((attribute) =>
    small(`attributes.${attribute.row.name}`).flatMap((text) =>
      // Texts as they stand: what they are in their type is worked out row by row.
      uniqueKeys(attribute, text.split("\n")).map((key) => ({ attribute: attribute.row.number, key })),
    ),
  );
  const holders = await findHoldersOfValues(from, values);
  const known = how.keys ? await selectKeys(from, one.id, soughtKeys(ids, usernames, values)) : [];
  const idsByEmail = new Map<string, UserId[]>();
  for (const { id, email_key: email } of found) {
    if (email !== null) idsByEmail.set(email, [...(idsByEmail.get(email) ?? []), id]);
  }
  const context: PlanContext = {
    actor,
    settings: await readSettings(from),
    attributes,
    roles: new Map((await readRoles(from)).map((role) => [role.name.toLowerCase(), role])),
    columns,
    blankCells: one.blank_cells,
    hasTypes: one.format === "xlsx",
    people: new Map(people.map((person) => [person.id, person])),
    idByUsername: new Map(found.map(({ id, username_key: username }) => [username, id])),
    idsByEmail,
    extras: new Map(extras.map((extra) => [extra.id, extra])),
    groups,
    holders: new Map(holders.map(({ attribute, unique_key: key, user_id: id }) => [`${attribute} ${key}`, id])),
    above: new RowsAbove(known),
    seats: how.seats,
    administrators: how.administrators,
    isFinal: how.lock,
  };
  const plans = rows.map((row) => planRow(context, row));
  return { plans, taken: context.above.takeFresh() };
}

function isKept(text: string): boolean {
  return text !== "" && !text.includes("\0") && text.isWellFormed();
}

function isOf(column: string | null, attribute: string): boolean {
  return column !== null && attributeOfColumn(column)?.toLowerCase() === attribute.toLowerCase();
}

async function findGroups(from: Queryable, cells: readonly string[]): Promise<Map<string, NamedGroup[]>> {
  const names = new Set<string>();
  for (const cell of new Set(cells)) {
    for (const line of readLines(cell)) {
      for (const label of [line, ...line.split(/[;；]/)]) {
        const name = label.trim().toLowerCase();
        // A group of a directory is written with its directory behind it.
        for (const one of [name, name.replace(/ \([^]*$/, "")]) if (isKept(one)) names.add(one);
      }
    }
  }
  const groups = new Map<string, NamedGroup[]>();
  for (const group of await findGroupsByName(from, [...names])) {
    const key = group.name.toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), group]);
  }
  return groups;
}

function soughtKeys(
  ids: readonly string[],
  usernames: readonly string[],
  values: readonly { attribute: number; key: string }[],
): Pick<RowKey, "kind" | "key">[] {
  return [
    ...ids.map((key) => ({ kind: "account", key })),
    ...usernames.flatMap((key) => [
      { kind: "name", key },
      { kind: "freed", key },
    ]),
    ...values.map(({ attribute, key }) => ({ kind: `value:${attribute}`, key })),
  ];
}
