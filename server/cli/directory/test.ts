import type { DirectoryProduct } from "#server/contract/directory-products.ts";
import type { Work } from "#server/db/work.ts";
import type { TestReport } from "#server/directories/directory-tests.ts";
import type { House } from "#server/house.ts";
import { testDirectory } from "#server/http/directory-test/test-directory.ts";
import { operator } from "../open-house.ts";
import { findDirectory } from "./find.ts";

/** Tests a directory by name or id. @throws directory.missing directory.leaving */
export async function testDirectoryOf(
  house: House,
  inWork: <Result>(act: (work: Work) => Promise<Result>) => Promise<Result>,
  named: string,
  as: string | undefined,
): Promise<TestReport> {
  const id = await inWork(async (work) => await findDirectory(work, named));
  // The table of commands lets only known products through.
  return await testDirectory(house, operator(), id, as as DirectoryProduct | undefined);
}
