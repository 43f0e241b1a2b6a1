import type { Work } from "#server/db/work.ts";
import { rotateDirectoryToken } from "#server/directories/directory-tokens.ts";
import { scimBaseUrl } from "#server/directories/list-directories.ts";
import { readCount } from "../words/read-count.ts";
import { readTokenEnd } from "./create.ts";
import { findDirectory } from "./find.ts";

/** Gives a directory another token. @throws directory.missing directory.leaving */
export async function rotateTokenOf(
  work: Work,
  issuer: string,
  named: string,
  flags: { overlapHours: string | undefined; tokenDays: string | undefined },
): Promise<{ id: string; baseUrl: string; token: string; overlapHours: number }> {
  const { overlapHours: overlap, tokenDays } = flags;
  const overlapHours = overlap === undefined ? 24 : readCount("--overlap-hours", overlap, { least: 0, most: 8784 });
  const id = await findDirectory(work, named);
  const token = await rotateDirectoryToken(work, id, { overlapHours }, readTokenEnd(work, tokenDays));
  return { id, baseUrl: scimBaseUrl(issuer), token, overlapHours };
}
