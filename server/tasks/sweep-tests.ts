import { selectAbandonedTests } from "../db/sql/directory-tests.ts";
import { inWork, trusted } from "../db/work.ts";
import { clearTest } from "../directories/directory-tests.ts";
import type { House } from "../house.ts";

/** A test takes a minute at most. */
const patienceMs = 10 * 60_000;

/** Takes away what connection tests left whose process ended before they did. */
export async function sweepTests(house: House): Promise<void> {
  const by = { actor: trusted("system", "connection test"), requestId: "clean.expired" };
  for (const test of await selectAbandonedTests(house.db, new Date(house.now().getTime() - patienceMs))) {
    await inWork(house, by, async (work) => {
      await clearTest(work, test);
      await work.tx.run("delete from directory_tests where id = $1", [test.id]);
    });
  }
}
