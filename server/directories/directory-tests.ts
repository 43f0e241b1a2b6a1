import { randomInt } from "node:crypto";
import type { z } from "zod";
import { record } from "../audit/record.ts";
import type { directoryTestReport } from "../contract/directories.ts";
import type { DirectoryProduct, DirectorySwitch } from "../contract/directory-products.ts";
import { finishTest, insertTest, selectLeftovers, selectReports } from "../db/sql/directory-tests.ts";
import type { OpenTest } from "../db/sql/directory-tests.ts";
import type { Work } from "../db/work.ts";
import { deleteGroup } from "../groups/delete-group.ts";
import { newId } from "../kernel/ids.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { deleteUser } from "../users/delete-user.ts";
import { addDirectoryToken } from "./directory-tokens.ts";
import { requireDirectory } from "./find-owned.ts";
import { requireLockedDirectory } from "./lock-directory.ts";
import { directoryRules } from "./policy.ts";
import { readSwitches } from "./read-switches.ts";

export type TestReport = z.infer<typeof directoryTestReport>;

/** How long the token of a test works: longer than any test takes. */
const tokenMs = 5 * 60_000;

/** A test that was begun. */
export interface BegunTest extends OpenTest {
  /** For this test alone; it goes with it. */
  token: string;
  product: DirectoryProduct;
  directory: {
    name: string;
    rateLimit: number | null;
    switches: Record<DirectorySwitch, boolean>;
    /** Whether a token of its own, or a secret of its client, still works. */
    hasToken: boolean;
  };
}

/**
 * Begins a connection test: makes its token, and notes by which mark everything that it makes is found again.
 *
 * @param product left out: the one that the directory is
 * @throws directory.missing directory.leaving access.denied
 */
export async function beginTest(work: Work, id: string, product?: DirectoryProduct): Promise<BegunTest> {
  allow(directoryRules, work.actor, "directory.test", null);
  const directory = await requireLockedDirectory(work, id);
  const test: OpenTest = {
    id: newId<string>(work.now),
    directory_id: directory.id,
    mark: newMark(),
    started_at: work.now,
  };
  const as = product ?? directory.product;
  await insertTest(work.tx, { ...test, product: as });
  const live = await work.tx.row(
    `select from directory_tokens
     where directory_id = $1 and test_id is null and (expires_at is null or expires_at > $2)
     union all
     select from directory_client_credentials
     where directory_id = $1 and (expires_at is null or expires_at > $2) limit 1`,
    [directory.id, work.now],
  );
  const expiresAt = new Date(work.now.getTime() + tokenMs);
  return {
    ...test,
    token: await addDirectoryToken(work, directory.id, { expiresAt, testId: test.id }),
    product: as,
    directory: {
      name: directory.name,
      rateLimit: directory.rateLimit ?? null,
      switches: readSwitches(directory.switches),
      hasToken: live !== undefined,
    },
  };
}

/**
 * Takes away what a test made: users and groups that bear its mark, with the rows that deleted accounts leave. For the
 * house itself, which may delete them whoever asked for the test.
 */
export async function clearTest(work: Work, test: OpenTest): Promise<void> {
  const { users, groups } = await selectLeftovers(work.tx, test);
  for (const group of groups) await deleteGroup(work, group.id);
  for (const user of users) if (!user.is_deleted) await deleteUser(work, user.id);
  // Nobody was ever behind these: a name in the history would only puzzle.
  await work.tx.run("delete from users where id = any($1::uuid[]) and deleted_at is not null", [
    users.map((user) => user.id),
  ]);
}

/** Keeps the report of a test in place of the one before, and ends its token. */
export async function endTest(work: Work, test: BegunTest, report: TestReport): Promise<void> {
  allow(directoryRules, work.actor, "directory.test", null);
  await finishTest(work.tx, test, report);
  const count = (outcome: string) => report.steps.filter((step) => step.outcome === outcome).length;
  record(work, {
    type: "directory.tested",
    outcome: report.isPassed ? "success" : "failure",
    subject: { kind: "directory", id: test.directory_id, name: test.directory.name },
    details: { product: test.product, passed: count("passed"), failed: count("failed"), skipped: count("skipped") },
  });
}

/** The last report of each product. @throws directory.missing access.denied */
export async function listTests(work: Work, id: string): Promise<TestReport[]> {
  await requireDirectory(work, id);
  return (await selectReports(work.tx, id as DirectoryId)) as TestReport[];
}

/** Ten letters and digits: nobody has an account of that name beforehand, not even on purpose. */
function newMark(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return Array.from({ length: 10 }, () => letters.charAt(randomInt(letters.length))).join("");
}
