import { selectVersions } from "../db/sql/import-people.ts";
import type { FinishedRow, ImportRow, StoredRow } from "../db/sql/imports.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import { changeGroup } from "../groups/change-group.ts";
import type { GroupStep } from "../groups/change-group.ts";
import type { GroupId, UserId } from "../kernel/ids.ts";
import { inviteNewUser } from "../onboarding/invite-user.ts";
import { acceptHash, setPassword } from "../passwords/set-password.ts";
import type { CheckedPassword } from "../passwords/set-password.ts";
import { adminRole } from "../permissions/read-role.ts";
import { readSettings } from "../settings/read-settings.ts";
import { changeStatus } from "../users/change-status.ts";
import { createUsers } from "../users/create-user.ts";
import { deleteLockedUser } from "../users/delete-user.ts";
import { updateLockedUser } from "../users/update-user.ts";
import type { UserChange } from "../users/update-user.ts";
import type { RowWork } from "./plan-row.ts";

/** A row that can be carried out. */
export interface FittingRow {
  row: StoredRow;
  work: RowWork;
  password?: CheckedPassword | undefined;
}

/** What takes a row back, kept with it. */
export type Undo =
  | { kind: "add"; version: string }
  | {
      kind: "update";
      version: string;
      before: UserChange;
      block?: "block" | "unblock";
      addTo: GroupId[];
      removeFrom: GroupId[];
    };

/**
 * Carries out rows by the commands that the console uses, too. Deletions come first and new accounts last, since a row
 * may take a username that a row above gives free.
 */
export async function carryOut(work: Work, one: ImportRow, rows: readonly FittingRow[]): Promise<FinishedRow[]> {
  const ids = new Map<number, UserId>();
  const undo = new Map<number, Omit<Extract<Undo, { kind: "update" }>, "version"> | { kind: "add" }>();
  const groups = new Map<GroupId, { add: UserId[]; remove: UserId[] }>();
  const inGroup = (id: GroupId) => groups.get(id) ?? groups.set(id, { add: [], remove: [] }).get(id) ?? never();
  const remove = async ({ row, work: todo }: FittingRow) => {
    if (todo.kind !== "delete") return;
    await deleteLockedUser(work, todo.user);
    ids.set(row.number, todo.user.id);
  };
  const update = async ({ row, work: todo }: FittingRow) => {
    if (todo.kind !== "update") return;
    const { user, change, block, addTo, removeFrom } = todo;
    await updateLockedUser(work, user, change);
    if (block !== undefined) await changeStatus(work, user.id, block);
    for (const id of addTo) inGroup(id).add.push(user.id);
    for (const id of removeFrom) inGroup(id).remove.push(user.id);
    ids.set(row.number, user.id);
    undo.set(row.number, {
      kind: "update",
      before: reverseOf(user, change),
      ...(block === undefined ? {} : { block: block === "block" ? "unblock" : "block" }),
      addTo: removeFrom,
      removeFrom: addTo,
    });
  };
  await together(rows, remove);
  await together(rows, update);
  await addAccounts(work, one, rows, (row, id, added) => {
    ids.set(row.number, id);
    undo.set(row.number, { kind: "add" });
    for (const group of added) inGroup(group).add.push(id);
  });
  await changeGroups(work, groups);
  const versions = await selectVersions(
    work.tx,
    [...undo.keys()].flatMap((number) => ids.get(number) ?? []),
  );
  return rows.map(({ row }) => {
    const id = ids.get(row.number) ?? null;
    const back = undo.get(row.number);
    const version = versions.get(id ?? "");
    return {
      number: row.number,
      state: "done",
      user_id: id,
      problems: [],
      undo: back === undefined || version === undefined ? null : ({ ...back, version } satisfies Undo),
    };
  });
}

/**
 * Does something for every row. Most rows have nothing to do with each other, so that their statements go out without
 * waiting for each other's answers. Those that follow one another are about an administrator, of whom one must be left,
 * or about a username, which another row may give free.
 */
async function together(rows: readonly FittingRow[], act: (row: FittingRow) => Promise<void>): Promise<void> {
  const apart = rows.filter(({ work }) => !mustFollow(work));
  // None may still send statements when the transaction is given up.
  const ends = await Promise.allSettled(apart.map(act));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  for (const row of rows) if (mustFollow(row.work)) await act(row);
}

function mustFollow(work: RowWork): boolean {
  if (work.kind === "add") return true;
  return work.user.role_id === adminRole || (work.kind === "update" && work.change.username !== undefined);
}

/** Each group once, in the order of their ids: whoever locks in another order waits for ever. */
export async function changeGroups(
  work: Work,
  groups: ReadonlyMap<GroupId, { add: UserId[]; remove: UserId[] }>,
): Promise<void> {
  for (const id of [...groups.keys()].toSorted()) {
    const { add, remove } = groups.get(id) ?? never();
    const steps: GroupStep[] = [];
    if (add.length > 0) steps.push({ kind: "addMembers", ids: add });
    if (remove.length > 0) steps.push({ kind: "removeMembers", ids: remove });
    await changeGroup(work, id, steps);
  }
}

async function addAccounts(
  work: Work,
  one: ImportRow,
  rows: readonly FittingRow[],
  note: (row: StoredRow, id: UserId, groups: GroupId[]) => void,
): Promise<void> {
  const adding = rows.flatMap(({ row, work: todo, password }) =>
    todo.kind === "add" ? [{ row, todo, password }] : [],
  );
  const made = await createUsers(
    work,
    adding.map(({ todo }) => todo.user),
  );
  const sends = one.send_activation ?? (await readSettings(work.tx))["onboarding.mailOnImport"];
  for (const [at, { row, todo, password }] of adding.entries()) {
    const { id, displayName, email, disabledAt, blockedAt } = made[at] ?? never();
    if (password !== undefined) await setPassword(work, id, password, { isTemporary: true, event: "user.passwordSet" });
    else if (todo.passwordHash !== undefined) {
      await setPassword(work, id, acceptHash(todo.passwordHash), { isTemporary: false, event: "user.passwordSet" });
    } else if (sends && disabledAt === null && blockedAt === null) inviteNewUser(work, { id, displayName, email });
    note(row, id, todo.groups);
  }
}

/** The change that brings back what another one replaces. */
function reverseOf(user: UserRow, change: UserChange): UserChange {
  const before: Required<UserChange> = {
    username: user.username ?? "",
    displayName: user.display_name,
    givenName: user.given_name,
    familyName: user.family_name,
    roleId: user.role_id,
    locale: user.locale,
    timeZone: user.time_zone,
    marketingConsent: user.marketing_consent,
    externalId: user.external_id,
    deviceLimit: user.device_limit,
    factorRule: user.factor_rule,
    protection: user.protection,
    allowsSso: user.allows_sso,
    resource: user.resource,
    custom: user.custom,
    isActive: user.disabled_at === null,
  };
  return Object.fromEntries(Object.entries(before).filter(([key]) => key in change));
}

function never(): never {
  throw new Error("what was just put there is gone");
}
