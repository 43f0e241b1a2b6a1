import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { isId } from "#server/kernel/ids.ts";

/** The id of the directory that an operator names by name or id. Uses directories_name_key. @throws directory.missing */
export async function findDirectory(work: Work, named: string): Promise<string> {
  const row = await work.tx.row<{ id: string }>(
    `select id from directories where ${isId(named) ? "id = $1" : "lower(name) = lower($1)"}`,
    [named],
  );
  if (row !== undefined) return row.id;
  throw failure("directory.missing", { says: `There is no directory named ${JSON.stringify(named)}.` });
}
