import type { Work } from "#server/db/work.ts";
import { createDirectoryFor } from "../directory/create.ts";
import { rotateTokenOf } from "../directory/rotate-token.ts";

const name = "Demo directory";

/** The directory that the demo plays: made on the first run, given another token on later ones. */
export async function openDemoDirectory(work: Work, issuer: string): Promise<{ baseUrl: string; token: string }> {
  const row = await work.tx.row<{ id: string }>("select id from directories where name = $1", [name]);
  if (row !== undefined) return await rotateTokenOf(work, issuer, row.id, { overlapHours: "0", tokenDays: undefined });
  // The figures are to show what the server can do, not what its limit is.
  return await createDirectoryFor(work, issuer, { name, rateLimit: "off", ownPasswords: false });
}
