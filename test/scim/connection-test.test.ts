import { describe, expect, test } from "vitest";
import {
  directoryProducts,
  directorySwitches,
  neededSwitches,
  productNames,
  switchMeanings,
} from "#contract/directory-products.ts";
import type { DirectoryProduct, DirectorySwitch } from "#contract/directory-products.ts";
import { inWork, trusted } from "#server/db/work.ts";
import { beginTest } from "#server/directories/directory-tests.ts";
import type { TestReport } from "#server/directories/directory-tests.ts";
import { updateDirectory } from "#server/directories/update-directory.ts";
import { movesOf, testDirectory } from "#server/http/directory-test/test-directory.ts";
import { moveTitles } from "#server/http/directory-test/move.ts";
import { adviceTexts, problemTexts } from "#server/http/directory-test/problem.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { sweepTests } from "#server/tasks/sweep-tests.ts";
import { japanese } from "#console/words/japanese.ts";
import { atServer } from "./support/at-server.ts";
import { groupUrn, person, scimClient } from "./support/scim-client.ts";

const at = atServer();
const by = { actor: trusted("operator", "test"), requestId: "connection-test" };

async function play(id: string, as?: DirectoryProduct): Promise<TestReport> {
  return await testDirectory(at.server.house, by, id, as);
}

/** What did not pass, as one line each: enough to see in a failure what is wrong. */
function wrongIn(report: TestReport): string[] {
  return report.steps
    .filter((step) => step.outcome !== "passed")
    .map((step) => `${step.name}: ${step.outcome}: ${step.problem?.says ?? ""}`);
}

/** Everything of the house that a test could leave behind. */
async function traces() {
  return await at.server.house.db.row<Record<string, string>>(
    `select (select count(*) from users) as users, (select count(*) from groups) as groups,
       (select count(*) from mails) as mails, (select count(*) from graphile_worker.jobs) as jobs,
       (select count(*) from directory_tokens) as tokens, (select count(*) from directory_requests) as requests,
       (select count(*) from directory_tests where finished_at is null) as open,
       (select count(*) from sessions) as sessions, (select count(*) from credentials) as credentials`,
  );
}

describe("[P4] the connection test", () => {
  // The sections of the checklist that are about each client (docs/scim.md).
  const sections = [
    ["§2.2", "okta"],
    ["§2.1", "entra"],
    ["§2.3", "onelogin"],
    ["§2.4", "jumpcloud"],
    ["§2.5", "google"],
    ["§2.6", "sailpoint"],
    ["§2.6", "other"],
  ] as const satisfies [string, DirectoryProduct][];

  test.each(sections)(
    "[P3] [P4] %s passes as %s against a fresh directory, and nothing of it stays",
    async (_section, as) => {
      const { id } = await at.server.connect({ product: as });
      const before = await traces();
      const report = await play(id);
      expect(wrongIn(report)).toEqual([]);
      expect(report).toMatchObject({ product: as, isPassed: true });
      expect(report.steps.map((step) => step.name)).toEqual(movesOf[as].map((move) => move.name));
      await at.server.flush();
      expect(await traces()).toEqual(before);
      const used = await at.server.house.db.row("select last_request_at from directories where id = $1", [id]);
      expect(used).toEqual({ last_request_at: null });
    },
  );

  test("[P4] every move says what was sent and answered, what was read leniently, and no secret", async () => {
    const { id } = await at.server.connect();
    const entra = await play(id, "entra");
    const deactivate = entra.steps.find((step) => step.name === "deactivate");
    expect(deactivate).toMatchObject({ status: 200, outcome: "passed", title: moveTitles.deactivate, problem: null });
    expect(deactivate?.request?.body).toContain('"False"');
    expect(deactivate?.coercions).toContain('Operations[0] active: "False" → false');
    expect(deactivate?.answer).toContain('"active": false');
    const okta = await play(id, "okta");
    const create = okta.steps.find((step) => step.name === "create");
    expect(create?.request?.body).toContain('"password": "[hidden]"');
    expect(JSON.stringify([entra, okta])).not.toMatch(/ghd_|aA1!/);
  });

  test("[P4] a paused directory fails at the first move and says so; the others are not tried", async () => {
    const { id } = await at.server.connect();
    await inWork(at.server.house, by, async (work) => await updateDirectory(work, id, { isPaused: true }));
    for (const as of directoryProducts) {
      const { isPassed, steps } = await play(id, as);
      expect(isPassed).toBe(false);
      expect(steps[0]).toMatchObject({ outcome: "failed", status: 403, problem: { code: "paused" } });
      expect(steps[0]?.problem?.says).toMatch(/paused.*Resume/);
      expect(new Set(steps.slice(1).map((step) => `${step.outcome} ${step.problem?.code}`))).toEqual(
        new Set(["skipped before"]),
      );
    }
  });

  test("[P4] a switch that is off fails those products that need it, by its name, and no other", async () => {
    const { id } = await at.server.connect();
    const set = async (switches: Partial<Record<DirectorySwitch, boolean>>) =>
      await inWork(at.server.house, by, async (work) => await updateDirectory(work, id, { switches }));
    for (const name of directorySwitches) {
      await set({ [name]: false });
      for (const as of directoryProducts.filter((product) => neededSwitches[product].includes(name))) {
        const { isPassed, steps } = await play(id, as);
        expect([as, name, isPassed]).toEqual([as, name, false]);
        const failed = steps.filter((step) => step.outcome === "failed");
        expect(failed.length).toBeGreaterThan(0);
        for (const { problem } of failed) {
          expect(problem).toMatchObject({
            code: "switchOff",
            says: expect.stringContaining(`“${switchMeanings[name].name}”`),
            values: { switches: name, product: productNames[as] },
          });
        }
      }
      await set({ [name]: true });
    }
    for (const as of directoryProducts) {
      await set(Object.fromEntries(directorySwitches.map((name) => [name, neededSwitches[as].includes(name)])));
      expect([as, wrongIn(await play(id, as))]).toEqual([as, []]);
    }
  });

  test("[P4] works with adoption, own passwords, a seat limit with room, and a low rate; touches nobody there", async () => {
    const { house } = at.server;
    const { id, token } = await at.server.connect({ adopt: "email", ownPasswords: true, rateLimit: 20 });
    const client = scimClient(at.server.origin, { id, token });
    const { body } = await client.post("/Users", person("bystander", { emails: [{ value: "by@example.com" }] }));
    const row = async () => await house.db.row("select * from users where id = $1", [body.id]);
    const before = await row();
    const report = await play(id, "okta");
    expect(wrongIn(report)).toEqual([]);
    expect(await row()).toEqual(before);
    const slow = await play(id, "entra");
    expect(slow.advice.map((one) => one.code)).toEqual(["slow", "network"]);
  });

  test("[P4] the report holds nothing of the people who are there", async () => {
    const { id, token } = await at.server.connect();
    const client = scimClient(at.server.origin, { id, token });
    await client.post("/Users", person("private-person", { displayName: "Private Person" }));
    await client.post("/Groups", { schemas: [groupUrn], displayName: "Private Group" });
    for (const as of directoryProducts) {
      const report = await play(id, as);
      expect(wrongIn(report)).toEqual([]);
      expect(JSON.stringify(report)).not.toMatch(/private/i);
    }
    const okta = await play(id, "okta");
    expect(okta.steps.find((step) => step.name === "listUsers")?.answer).toContain('"…"');
  });

  test("[P4] what the organization's rules refuse is told in the words of the refusal", async () => {
    const { house } = at.server;
    const { id } = await at.server.connect();
    const limit = async (seats: number) =>
      await inWork(house, by, async (work) => await setSetting(work, "users.seatLimit", seats));
    await limit(1);
    const report = await play(id, "google");
    await limit(0);
    const create = report.steps.find((step) => step.name === "create");
    expect(create).toMatchObject({ outcome: "failed", problem: { code: "status" } });
    expect(create?.problem?.says).toMatch(/seat/i);
    expect(report.steps.find((step) => step.name === "deleteUser")?.outcome).toBe("skipped");
  });

  test("[P4] a rate that is used up is waited for a while, and then told", async () => {
    const { id } = await at.server.connect({ rateLimit: 1 });
    // A bucket that is empty until tomorrow.
    await at.server.house.db.run("insert into directory_allowances values ($1, 0, 0, now() + interval '1 day')", [id]);
    const { steps } = await testDirectory(at.server.house, by, id, "google", { patienceMs: 1000 });
    expect(steps[0]).toMatchObject({
      outcome: "failed",
      status: 429,
      problem: { code: "tooMany", values: { limit: "1" } },
    });
  });

  test("[P4] a token of a test is no token of the directory: it is in no list, and ends with the test", async () => {
    const { house } = at.server;
    const { id } = await at.server.connect();
    const begun = await inWork(house, by, async (work) => await beginTest(work, id, "other"));
    const client = scimClient(at.server.origin, { id, token: begun.token });
    expect((await client.get("/Users")).status).toBe(200);
    const { now } = house.clock;
    house.clock.now = new Date(now.getTime() + 6 * 60_000);
    expect((await client.get("/Users")).status).toBe(401);
    house.clock.now = now;
  });

  test("[P4] what a test left whose process ended is taken away by the cleaner", async () => {
    const { house } = at.server;
    const { id } = await at.server.connect();
    const before = await traces();
    const { token, mark } = await inWork(house, by, async (work) => await beginTest(work, id, "other"));
    const client = scimClient(at.server.origin, { id, token });
    const user = await client.post(
      "/Users",
      person(`gatehouse-test-${mark}`, { emails: [{ value: "a@test.invalid" }] }),
    );
    await client.post("/Users", person("somebody-else"));
    await client.post("/Groups", {
      schemas: [groupUrn],
      displayName: `Gatehouse test ${mark}`,
      members: [{ value: user.body.id }],
    });
    const { now } = house.clock;
    await sweepTests(house);
    expect((await client.get(`/Users/${user.body.id}`)).status).toBe(200);
    house.clock.now = new Date(now.getTime() + 11 * 60_000);
    await sweepTests(house);
    house.clock.now = now;
    await at.server.flush();
    const after = await traces();
    expect(after).toMatchObject({ open: "0", groups: before?.["groups"], mails: before?.["mails"] });
    expect(Number(after?.["users"])).toBe(Number(before?.["users"]) + 1);
    // The token of the test before this one went with its test.
    expect(Number(after?.["tokens"])).toBe(Number(before?.["tokens"]) - 1);
    // The one who is left was made with the token of a test, so nobody wrote to them.
    expect(after?.["jobs"]).toBe(before?.["jobs"]);
  });

  test("[C1] every move, problem and piece of advice has Japanese words", () => {
    const { moves, problems, advice } = japanese.directoryTest;
    expect(Object.keys(moves).toSorted()).toEqual(Object.keys(moveTitles).toSorted());
    expect(Object.keys(problems).toSorted()).toEqual(Object.keys(problemTexts).toSorted());
    expect(Object.keys(advice).toSorted()).toEqual(Object.keys(adviceTexts).toSorted());
  });
});
