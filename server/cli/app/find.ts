import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { isId } from "#server/kernel/ids.ts";

/**
 * The id of the app that an operator names. Uses the keys of apps by id, client id and name; a client id is random, so
 * it is no app's name.
 *
 * @throws app.missing
 */
export async function findApp(work: Work, named: string): Promise<string> {
  const row = await work.tx.row<{ id: string }>(
    `select id from apps where ${isId(named) ? "id = $1" : "client_id = $1 or lower(name) = lower($1)"} limit 1`,
    [named],
  );
  if (row !== undefined) return row.id;
  throw failure("app.missing", { says: `There is no app named ${JSON.stringify(named)}.` });
}
