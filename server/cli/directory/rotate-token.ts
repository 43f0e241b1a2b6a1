import type { Work } from "#server/db/work.ts";
import { rotateDirectoryToken } from "#server/directories/directory-tokens.ts";
import { scimBaseUrl } from "#server/directories/list-directories.ts";
import { readCount } from "../words/read-count.ts";
import { findDirectory } from "./find.ts";

/** Gives a directory another token. @throws directory.missing */
export async function rotateTokenOf(
  work: Work,
  issuer: string,
  named: string,
  overlap: string | undefined,
): Promise<{ id: string; baseUrl: string; token: string; overlapHours: number }> {
  const overlapHours = overlap === undefined ? 24 : readCount("--overlap-hours", overlap, { least: 0, most: 720 });
  const id = await findDirectory(work, named);
  return { id, baseUrl: scimBaseUrl(issuer), token: await rotateDirectoryToken(work, id, overlapHours), overlapHours };
}
