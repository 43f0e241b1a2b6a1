import { afterAll, beforeAll, expect, test } from "vitest";
import { Failure } from "#server/contract/failure.ts";
import type { Permission } from "#server/contract/permissions.ts";
import type { Actor } from "#server/db/work.ts";
import { selectUser } from "#server/db/sql/users.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { writeCursor } from "#server/db/keyset.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { createUser } from "#server/users/create-user.ts";
import { deleteUser } from "#server/users/delete-user.ts";
import { findUsers } from "#server/users/find-users.ts";
import { updateUser } from "#server/users/update-user.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { openTestHouse } from "./support/house.ts";
import type { TestHouse } from "./support/house.ts";

let house: TestHouse;
let count = 0;

beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(async () => await house.close());

async function makeUser(fields: Partial<Parameters<typeof createUser>[1]> = {}): Promise<UserId> {
  count += 1;
  const username = `user-${count}`;
  const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
  return await house.work(
    async (work) => await createUser(work, { username, displayName: username, resource, ...fields }),
  );
}

async function makeAdministrator(): Promise<UserId> {
  const id = await makeUser({ roleId: adminRole });
  await givePassword(id);
  return id;
}

async function givePassword(id: UserId): Promise<void> {
  const user = await selectUser(house.db, id);
  if (user === undefined) throw new Error("no such user");
  const password = await preparePassword(house.db, "plum-kettle-orbit-93", user);
  await house.work(
    async (work) => await setPassword(work, id, password, { isTemporary: false, event: "user.passwordSet" }),
  );
}

function holder(id: string, ...permissions: Permission[]): Actor {
  return { kind: "user", id, name: "holder", can: (permission) => permissions.includes(permission) };
}

async function code(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return "no failure";
}

async function events(subject: string): Promise<string[]> {
  const rows = await house.db.rows<{ type: string }>("select type from events where subject_id = $1 order by id", [
    subject,
  ]);
  return rows.map((row) => row.type);
}

test("[U7] usernames are unique without regard to case, also when twenty come at once", async () => {
  const tries = Array.from({ length: 20 }, async (_, index) => {
    return await code(makeUser({ username: index % 2 === 0 ? "Same.Name" : "same.name" }));
  });
  const results = await Promise.all(tries);
  expect(results.filter((result) => result === "no failure")).toHaveLength(1);
  expect(results.filter((result) => result === "user.nameTaken")).toHaveLength(19);
});

test("[U7] a username with a character that is not allowed is refused by name", async () => {
  for (const username of ["with space", "naïve", "semi;colon", 'quo"te', "a\u0000b", "аdmin"]) {
    expect(await code(makeUser({ username }))).toBe("user.nameInvalid");
  }
  expect(await code(makeUser({ username: "all-@!#$%&*+-/=?^_{|}~.`-1" }))).toBe("no failure");
});

test("[L1] creating, changing and deleting a user leave events with what changed from what to what", async () => {
  const id = await makeUser();
  await house.work(async (work) => await updateUser(work, id, { displayName: "Ada" }));
  await house.work(async (work) => await updateUser(work, id, { displayName: "Ada" }));
  await house.work(async (work) => await deleteUser(work, id));
  expect(await events(id)).toEqual(["user.created", "user.updated", "user.deleted"]);
  const rows = await house.db.rows<{ changes: unknown }>(
    "select changes from events where subject_id = $1 and type = 'user.updated'",
    [id],
  );
  expect(rows[0]?.changes).toMatchObject({ displayName: { to: "Ada" } });
});

test("[L1] an event can neither be changed nor deleted by a statement", async () => {
  await makeUser();
  await expect(house.db.run("update events set type = 'nothing'")).rejects.toThrow("events are added, never changed");
  await expect(house.db.run("delete from events")).rejects.toThrow("events are added, never changed");
});

test("[U9] deleting frees the username at once and erases what is personal, but the log keeps the name", async () => {
  const id = await makeUser({ username: "leaver", displayName: "Leaver", givenName: "Lea" });
  await givePassword(id);
  await house.work(async (work) => await deleteUser(work, id));
  expect(await code(makeUser({ username: "Leaver" }))).toBe("no failure");
  const shell = await house.db.row(
    "select username, given_name, email, resource, status, display_name from users where id = $1",
    [id],
  );
  expect(shell).toEqual({
    username: null,
    given_name: null,
    email: null,
    resource: {},
    status: "deleted",
    display_name: "Leaver",
  });
  expect(await house.db.rows("select 1 from credentials where user_id = $1", [id])).toEqual([]);
});

test("[U9] disabling and enabling brings back what was before: pending stays pending, blocked stays blocked", async () => {
  const pending = await makeUser();
  await house.work(async (work) => await changeStatus(work, pending, "disable"));
  await house.work(async (work) => await changeStatus(work, pending, "enable"));
  expect((await selectUser(house.db, pending))?.status).toBe("pending");
  const blocked = await makeUser();
  await givePassword(blocked);
  for (const change of ["block", "disable", "enable"] as const) {
    await house.work(async (work) => await changeStatus(work, blocked, change));
  }
  expect((await selectUser(house.db, blocked))?.status).toBe("blocked");
});

test("[G2] the last administrator cannot be disabled, demoted or deleted, also when two remove each other at once", async () => {
  const first = await makeAdministrator();
  const second = await makeAdministrator();
  const results = await Promise.all([
    code(house.work(async (work) => await changeStatus(work, first, "disable"))),
    code(house.work(async (work) => await changeStatus(work, second, "disable"))),
  ]);
  expect(results.sort()).toEqual(["no failure", "user.lastAdministrator"]);
  const left = await lastAdministrator();
  expect(await code(house.work(async (work) => await deleteUser(work, left)))).toBe("user.lastAdministrator");
  expect(await code(house.work(async (work) => await updateUser(work, left, { isActive: false })))).toBe(
    "user.lastAdministrator",
  );
});

async function lastAdministrator(): Promise<UserId> {
  const row = await house.db.row<{ id: UserId }>("select id from users where role_id = $1 and status = 'active'", [
    adminRole,
  ]);
  if (row === undefined) throw new Error("no administrator is left");
  return row.id;
}

test("[G2] somebody who manages accounts can neither make an administrator nor act on one", async () => {
  const administrator = await makeAdministrator();
  const manager = holder("manager", "accounts");
  const act = async (run: Parameters<TestHouse["as"]>[1]) => await code(house.as(manager, run));
  expect(
    await act(async (work) => await createUser(work, { username: "sneak", displayName: "Sneak", roleId: adminRole })),
  ).toBe("access.escalation");
  expect(await act(async (work) => await changeStatus(work, administrator, "disable"))).toBe("access.denied");
  expect(await act(async (work) => await updateUser(work, administrator, { displayName: "X" }))).toBe("access.denied");
  expect(await act(async (work) => await deleteUser(work, administrator))).toBe("access.denied");
});

test("[U4] past the seat limit no account is made, also when ten come at once", async () => {
  const taken = Number(
    (await house.db.row<{ count: string }>("select count(*) from users where deleted_at is null"))?.count,
  );
  await house.work(async (work) => await setSetting(work, "users.seatLimit", taken + 2));
  const results = await Promise.all(Array.from({ length: 10 }, async () => await code(makeUser())));
  await house.work(async (work) => await setSetting(work, "users.seatLimit", 0));
  expect(results.filter((result) => result === "no failure")).toHaveLength(2);
  expect(results.filter((result) => result === "user.seatLimit")).toHaveLength(8);
});

test("[U2] paging forth and back visits every account once, for every sort and direction", async () => {
  const total = Number(
    (await house.db.row<{ count: string }>("select count(*) from users where deleted_at is null"))?.count,
  );
  for (const sort of ["created", "name", "username", "lastActive"] as const) {
    for (const order of ["asc", "desc"] as const) {
      const forth: string[] = [];
      let cursor: string | undefined;
      let back: string | undefined;
      do {
        const page = await house.work(async (work) => await findUsers(work, { sort, order, limit: 7, cursor }));
        forth.push(...page.rows.map((row) => row.id));
        cursor = page.nextCursor ?? undefined;
        if (page.nextCursor === null) back = page.previousCursor ?? undefined;
      } while (cursor !== undefined);
      expect(new Set(forth).size).toBe(total);
      expect(forth).toHaveLength(total);
      const seen: string[] = [];
      while (back !== undefined) {
        const page = await house.work(async (work) => await findUsers(work, { sort, order, limit: 7, cursor: back }));
        seen.unshift(...page.rows.map((row) => row.id));
        back = page.previousCursor ?? undefined;
      }
      expect(seen).toEqual(forth.slice(0, seen.length));
      expect(seen.length).toBeGreaterThan(0);
    }
  }
});

test("[U2] search takes parts of names literally and finds ids", async () => {
  const id = await makeUser({ username: "percent%name", displayName: "田辺 遥" });
  const find = async (q: string) =>
    (await house.work(async (work) => await findUsers(work, { q, sort: "name", order: "asc", limit: 50 }))).rows.map(
      (row) => row.id,
    );
  expect(await find("CENT%NA")).toEqual([id]);
  expect(await find("%%")).toEqual([]);
  expect(await find("田辺")).toEqual([id]);
  expect(await find("遥 percent")).toEqual([id]);
  expect(await find(id)).toEqual([id]);
  expect(
    await code(
      house.work(async (work) => await findUsers(work, { sort: "name", order: "asc", limit: 5, cursor: "bm90aGluZw" })),
    ),
  ).toBe("request.cursorInvalid");
});

test("[G2] [P4] a directory sets neither password nor email of an account that holds permissions, so its token is no way to them", async () => {
  const { directory } = await house.work(async (work) => await createDirectory(work, { name: "Okta" }));
  const id = await makeUser({ directoryId: directory.id });
  await givePassword(id);
  await house.work(async (work) => await updateUser(work, id, { roleId: adminRole }));
  const okta: Actor = { kind: "directory", id: directory.id, name: "Okta", can: () => false };
  const user = await selectUser(house.db, id);
  if (user === undefined) throw new Error("no such user");
  const password = await preparePassword(house.db, "hazel-comet-drum-58", user);
  const how = { isTemporary: false, event: "user.passwordSet" } as const;
  const emails = [{ value: "attacker@example.com", type: "work", primary: true }];
  expect(await code(house.as(okta, async (work) => await setPassword(work, id, password, how)))).toBe("access.denied");
  expect(await code(house.as(okta, async (work) => await updateUser(work, id, { resource: { emails } })))).toBe(
    "access.denied",
  );
  expect(await code(house.as(okta, async (work) => await updateUser(work, id, { displayName: "Renamed" })))).toBe(
    "no failure",
  );
});

test("[C2] a cursor of the right list with a value that no row can have is refused", async () => {
  const id = await makeUser();
  for (const value of ["garbage", 5, "x\0", null]) {
    const cursor = writeCursor({ of: "users.created.desc", value, id, back: false });
    const page = house.work(
      async (work) => await findUsers(work, { sort: "created", order: "desc", limit: 5, cursor }),
    );
    expect(await code(page)).toBe("request.cursorInvalid");
  }
});
