import { afterAll, beforeAll, expect, test } from "vitest";
import { runBatch } from "#server/bulk/run-batch.ts";
import { startBulk } from "#server/bulk/start-bulk.ts";
import type { WantedBulk } from "#server/bulk/start-bulk.ts";
import { allPermissions } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import type { Actor } from "#server/db/work.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { newId } from "#server/kernel/ids.ts";
import { runBulk } from "#server/tasks/run-bulk.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { createUser } from "#server/users/create-user.ts";
import { deleteUser } from "#server/users/delete-user.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let all: string;

beforeAll(async () => {
  house = await serveHouse();
  all = await token(allPermissions);
});
afterAll(async () => await house.close());

async function token(permissions: readonly Permission[], actor?: Actor): Promise<string> {
  const name = `token ${permissions.join(" ")}`;
  const make = async (work: Parameters<typeof createApiToken>[0]) => await createApiToken(work, { name, permissions });
  return (await (actor === undefined ? house.work(make) : house.as(actor, make))).token;
}

interface Job {
  id: string;
  state: string;
  reason: string | null;
  total: number;
  changed: number;
  unchanged: number;
  refused: number;
  refusals?: { code: string; count: number }[];
}

async function call<Body = Job>(
  method: string,
  path: string,
  options: { token?: string; body?: unknown } = {},
): Promise<{ status: number; body: Body }> {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${options.token ?? all}`, "content-type": "application/json" },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Body };
}

async function start(wanted: WantedBulk, by = all): Promise<Job> {
  const { status, body } = await call("POST", "/bulk-jobs", { token: by, body: wanted });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

/** Starts a bulk action and works it off. */
async function carryOut(wanted: WantedBulk, by = all): Promise<Job> {
  const { id } = await start(wanted, by);
  await runBulk(house, { bulkJobId: id });
  return (await call("GET", `/bulk-jobs/${id}`)).body;
}

async function resultsOf(id: string, outcome = ""): Promise<Record<string, string | null>> {
  const { body } = await call<{ items: { id: string; outcome: string | null; reason: { code: string } | null }[] }>(
    "GET",
    `/bulk-jobs/${id}/results?limit=200${outcome === "" ? "" : `&outcome=${outcome}`}`,
  );
  return Object.fromEntries(body.items.map((one) => [one.id, one.reason?.code ?? one.outcome]));
}

/** Accounts that wait for their activation; their names begin with a word of their own. */
async function makeMany(prefix: string, count: number): Promise<UserId[]> {
  return await house.work(async (work) => {
    const ids: UserId[] = [];
    for (let at = 1; at <= count; at += 1) {
      const username = `${prefix}-${String(at).padStart(3, "0")}`;
      const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
      ids.push(await createUser(work, { username, displayName: username, resource }));
    }
    return ids;
  });
}

async function statusesOf(ids: readonly string[]): Promise<string[]> {
  const rows = await house.db.rows<{ status: string }>(
    "select status from users where id = any($1::uuid[]) order by id",
    [ids],
  );
  return rows.map((row) => row.status);
}

async function eventsOf(type: string, jobId: string): Promise<{ subject_id: string; actor_name: string }[]> {
  return await house.db.rows(
    "select subject_id, actor_name from events where type = $1 and details ->> 'bulkJob' = $2 order by subject_id",
    [type, jobId],
  );
}

test("[U16] what is done to one can be done to many, and each is told of by name with the reason where it was refused", async () => {
  const [first, second, third] = await makeMany("several", 3);
  if (first === undefined || second === undefined || third === undefined) throw new Error("three were made");
  const administrator = await house.makeUser({ roleId: adminRole });
  await house.work(async (work) => await changeStatus(work, third, "disable"));
  const ids = [first, second, third, administrator.id, newId(new Date())];
  const job = await carryOut({ action: "disable", selection: { ids } });
  // An id of nobody is no user that could be counted.
  expect(job).toMatchObject({ state: "done", total: 4, changed: 2, unchanged: 1, refused: 1 });
  expect(job.refusals).toEqual([{ code: "user.lastAdministrator", count: 1 }]);
  expect(await resultsOf(job.id)).toEqual({
    [first]: "changed",
    [second]: "changed",
    [third]: "unchanged",
    [administrator.id]: "user.lastAdministrator",
  });
  expect(await resultsOf(job.id, "refused")).toEqual({ [administrator.id]: "user.lastAdministrator" });
  expect(await statusesOf([first, second, third, administrator.id])).toEqual([
    "disabled",
    "disabled",
    "disabled",
    "active",
  ]);
  const events = await eventsOf("user.disabled", job.id);
  expect(events.map((event) => event.subject_id)).toEqual([first, second].toSorted());
  expect(new Set(events.map((event) => event.actor_name))).toEqual(new Set([`token ${allPermissions.join(" ")}`]));
  const back = await carryOut({ action: "enable", selection: { changedBy: job.id } });
  expect(back).toMatchObject({ total: 2, changed: 2 });
  expect(await statusesOf([first, second, third])).toEqual(["pending", "pending", "disabled"]);
});

test("[U16] everybody who matches is settled at the start, counted exactly, whatever changes meanwhile", async () => {
  const ids = await makeMany("frozen", 60);
  const filter = { q: "frozen", status: "pending" };
  expect((await call<{ count: number }>("GET", "/users/count?q=frozen&status=pending")).body.count).toBe(60);
  const refused = await call<{ code: string; title: string }>("POST", "/bulk-jobs", {
    body: { action: "block", selection: { filter }, confirmed: 59 },
  });
  expect([refused.status, refused.body.code]).toEqual([409, "bulk.grown"]);
  expect(refused.body.title).toContain("60");
  const [left, moved, gone] = ids;
  if (left === undefined || moved === undefined || gone === undefined) throw new Error("sixty were made");
  const job = await start({ action: "block", selection: { filter, except: [left] }, confirmed: 60 });
  expect(job).toMatchObject({ total: 59, state: "working" });
  await house.work(async (work) => await changeStatus(work, moved, "disable"));
  await house.work(async (work) => await deleteUser(work, gone));
  const [late] = await makeMany("frozen-late", 1);
  await runBulk(house, { bulkJobId: job.id });
  const after = (await call("GET", `/bulk-jobs/${job.id}`)).body;
  expect(after).toMatchObject({ state: "done", changed: 58, refused: 1 });
  expect(await resultsOf(job.id, "refused")).toEqual({ [gone]: "user.missing" });
  expect(await statusesOf([left, late ?? ""])).toEqual(["pending", "pending"]);
  await house.work(async (work) => await changeStatus(work, moved, "enable"));
  expect(await statusesOf([moved])).toEqual(["blocked"]);
});

test("[U16] two workers at once, and one that goes on after another died, do nothing twice", async () => {
  const ids = await makeMany("twice", 120);
  const { id } = await start({ action: "sendActivation", selection: { filter: { q: "twice-" } } });
  // The first batch is done, then its worker is gone.
  expect(await runBatch(house, id)).toBe(true);
  await Promise.all([runBulk(house, { bulkJobId: id }), runBulk(house, { bulkJobId: id })]);
  expect((await call("GET", `/bulk-jobs/${id}`)).body).toMatchObject({ state: "done", changed: 120 });
  const events = await eventsOf("user.activationSent", id);
  expect(events.map((event) => event.subject_id)).toEqual(ids.toSorted());
  const finished = await house.db.rows("select 1 from events where type = 'bulk.finished' and subject_id = $1", [id]);
  expect(finished).toHaveLength(1);
});

test("[U16] a bulk action that is cancelled leaves the rest as it is, and says so", async () => {
  const ids = await makeMany("halfway", 60);
  const { id } = await start({ action: "disable", selection: { ids } });
  await runBatch(house, id);
  expect((await call("POST", `/bulk-jobs/${id}/cancel`)).body).toMatchObject({ state: "cancelled", changed: 50 });
  expect(await runBatch(house, id)).toBe(false);
  expect((await call<{ code: string }>("POST", `/bulk-jobs/${id}/cancel`)).body.code).toBe("bulk.over");
  const statuses = await statusesOf(ids);
  expect(statuses.filter((status) => status === "disabled")).toHaveLength(50);
  const outcomes = Object.values(await resultsOf(id));
  expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(10);
  const list = await call<{ items: Job[] }>("GET", "/bulk-jobs");
  expect(list.body.items[0]).toMatchObject({ id, state: "cancelled" });
});

test("[U16] [G2] nobody can do to many what they could not do to one, nor go on when their permissions are gone", async () => {
  const maker = await house.makeUser({ roleId: adminRole });
  const asMaker: Actor = { kind: "user", id: maker.id, name: "maker", can: () => true };
  const accountsOnly = await token(["accounts"], asMaker);
  const [person] = await makeMany("bound", 60);
  const administrator = await house.makeUser({ roleId: adminRole });
  const group = await house.work(async (work) => await createGroup(work, { displayName: "Bound" }));
  const refuse = async (body: WantedBulk) =>
    (await call<{ code: string }>("POST", "/bulk-jobs", { token: accountsOnly, body })).body.code;
  const ids = [person ?? "", administrator.id];
  expect(await refuse({ action: "addToGroup", groupId: group, selection: { ids } })).toBe("access.denied");
  expect(await refuse({ action: "setRole", roleId: adminRole, selection: { ids } })).toBe("access.escalation");
  expect(await refuse({ action: "setRole", selection: { ids } })).toBe("request.invalid");
  expect(await refuse({ action: "disable", selection: { filter: { q: "nobody-at-all" } } })).toBe("bulk.empty");
  const job = await carryOut({ action: "resetFactors", selection: { ids } }, accountsOnly);
  expect(await resultsOf(job.id)).toEqual({ [person ?? ""]: "changed", [administrator.id]: "access.denied" });
  // The maker's account is disabled while the bulk action goes on.
  const { id } = await start({ action: "disable", selection: { filter: { q: "bound-" } } }, accountsOnly);
  await runBatch(house, id);
  await house.work(async (work) => await changeStatus(work, maker.id, "disable"));
  await runBulk(house, { bulkJobId: id });
  expect((await call("GET", `/bulk-jobs/${id}`)).body).toMatchObject({
    state: "stopped",
    reason: "access.denied",
    changed: 50,
  });
});

test("[U16] whoever starts it is left out of what would shut them out", async () => {
  const self = await house.makeUser({ roleId: adminRole });
  const other = await house.makeUser();
  const actor: Actor = { kind: "user", id: self.id, name: "self", can: () => true };
  const job = await house.as(
    actor,
    async (work) => await startBulk(work, { action: "delete", selection: { ids: [self.id, other.id] } }),
  );
  await runBulk(house, { bulkJobId: job.id });
  expect(await resultsOf(job.id)).toEqual({ [self.id]: "bulk.ownAccount", [other.id]: "changed" });
  expect(await statusesOf([self.id, other.id])).toEqual(["active", "deleted"]);
});

test("[U16] many join and leave a group, and taking it back touches those alone who were changed", async () => {
  const ids = await makeMany("member", 60);
  const groupId = await house.work(async (work) => await createGroup(work, { displayName: "Sales, Osaka" }));
  const early = await carryOut({ action: "addToGroup", groupId, selection: { ids: ids.slice(0, 10) } });
  expect(early).toMatchObject({ state: "done", changed: 10, group: { id: groupId, name: "Sales, Osaka" } });
  const job = await carryOut({ action: "addToGroup", groupId, selection: { filter: { q: "member-" } } });
  expect(job).toMatchObject({ changed: 50, unchanged: 10 });
  const count = async () =>
    (await house.db.row<{ member_count: number }>("select member_count from groups where id = $1", [groupId]))
      ?.member_count;
  expect(await count()).toBe(60);
  expect(await eventsOf("user.joinedGroup", job.id)).toHaveLength(50);
  const back = await carryOut({ action: "removeFromGroup", groupId, selection: { changedBy: job.id } });
  expect(back).toMatchObject({ total: 50, changed: 50 });
  expect(await count()).toBe(10);
  const role = await carryOut({ action: "setRole", roleId: adminRole, selection: { ids: ids.slice(0, 2) } });
  expect(role).toMatchObject({ changed: 2, role: { id: adminRole, name: "admin" } });
});
