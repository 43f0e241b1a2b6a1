import { firstIdAt } from "../../kernel/ids.ts";
import type { DirectoryId, GroupId, UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/** A connection test that is under way, or was when its process ended. */
export interface OpenTest {
  id: string;
  directory_id: DirectoryId;
  /** In the names of all that it makes. */
  mark: string;
  started_at: Date;
}

/** Notes that a test begins. */
export async function insertTest(to: Queryable, test: OpenTest & { product: string }): Promise<void> {
  await to.run(
    "insert into directory_tests (id, directory_id, product, mark, started_at) values ($1, $2, $3, $4, $5)",
    [test.id, test.directory_id, test.product, test.mark, test.started_at],
  );
}

/** Keeps a report, and lets the earlier ones of this product and the token go. Uses directory_tests_directory. */
export async function finishTest(
  to: Queryable,
  test: OpenTest & { product: string },
  report: { finishedAt: string },
): Promise<void> {
  await to.run("update directory_tests set finished_at = $2, report = $3 where id = $1", [
    test.id,
    report.finishedAt,
    JSON.stringify(report),
  ]);
  await to.run(
    "delete from directory_tests where directory_id = $1 and product = $2 and id < $3 and finished_at is not null",
    [test.directory_id, test.product, test.id],
  );
  // uses directory_tokens_test
  await to.run("delete from directory_tokens where test_id = $1", [test.id]);
}

/** The last report of each product, newest first. Uses directory_tests_directory. */
export async function selectReports(from: Queryable, directoryId: DirectoryId): Promise<unknown[]> {
  const rows = await from.rows<{ report: unknown }>(
    `select report from (
       select distinct on (product) id, report from directory_tests
       where directory_id = $1 and finished_at is not null order by product, id desc) t
     order by id desc`,
    [directoryId],
  );
  return rows.map((row) => row.report);
}

/**
 * What bears the mark of a test. Ids grow with time, so only what was made since the test began is looked at: uses
 * users_pkey and groups_pkey.
 */
export async function selectLeftovers(
  from: Queryable,
  test: OpenTest,
): Promise<{ users: { id: UserId; is_deleted: boolean }[]; groups: { id: GroupId }[] }> {
  // Clocks of several machines differ a little.
  const first = firstIdAt(new Date(test.started_at.getTime() - 60_000));
  const marked = `%${test.mark}%`;
  return {
    users: await from.rows<{ id: UserId; is_deleted: boolean }>(
      `select id, deleted_at is not null as is_deleted from users
       where id >= $1 and (username like $2 or display_name like $2)`,
      [first, marked],
    ),
    groups: await from.rows<{ id: GroupId }>("select id from groups where id >= $1 and display_name like $2", [
      first,
      marked,
    ]),
  };
}

/** Tests whose process ended before they did. Uses directory_tests_open. */
export async function selectAbandonedTests(from: Queryable, before: Date): Promise<OpenTest[]> {
  return await from.rows<OpenTest>(
    `select id, directory_id, mark, started_at from directory_tests
     where finished_at is null and started_at < $1 order by started_at limit 100`,
    [before],
  );
}
