import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { revokeDirectoryToken } from "#server/directories/directory-tokens.ts";
import { readDirectory } from "#server/directories/list-directories.ts";
import { findDirectory } from "./find.ts";

/** Ends a token that is named by its id or its last characters. @throws directory.missing directory.tokenMissing */
export async function revokeTokenOf(work: Work, named: string, token: string): Promise<{ id: string; hint: string }> {
  const { id, tokens } = await readDirectory(work, await findDirectory(work, named));
  const sought = token.replace(/^…/, "");
  const meant = tokens.filter((one) => !one.is_over && (one.id === sought || one.hint === sought));
  const [only, another] = meant;
  if (only === undefined || another !== undefined) {
    const says = `The directory has no token ${JSON.stringify(token)} that works.`;
    throw failure("directory.tokenMissing", { says: another === undefined ? says : "More than one token ends so." });
  }
  await revokeDirectoryToken(work, id, only.id);
  return { id: only.id, hint: only.hint ?? only.id.slice(-4) };
}
