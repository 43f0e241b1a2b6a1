import { readFile } from "node:fs/promises";
import type { Work } from "#server/db/work.ts";
import {
  addDirectoryClient,
  removeDirectoryClient,
  rotateDirectorySecret,
} from "#server/directories/directory-client.ts";
import type { DirectoryClient } from "#server/directories/directory-client.ts";
import { directoryScope } from "#server/directories/identify-bearer.ts";
import { scimBaseUrl, tokenUrl } from "#server/directories/list-directories.ts";
import { UsageError } from "../command.ts";
import { readCount } from "../words/read-count.ts";
import { findDirectory } from "./find.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** All that the other system has to be told. */
interface ClientFacts extends DirectoryClient {
  baseUrl: string;
  tokenUrl: string;
  scope: string;
}

/** Gives a directory a client. @throws directory.missing directory.hasClient directory.keyInvalid */
export async function addClientTo(
  work: Work,
  issuer: string,
  named: string,
  flags: { publicKey?: string | undefined; days?: string | undefined },
): Promise<ClientFacts> {
  const id = await findDirectory(work, named);
  const { publicKey } = flags;
  return factsOf(issuer, await addDirectoryClient(work, id, { publicKey, expiresAt: endOf(work, flags.days) }));
}

/** Gives the client of a directory another secret. @throws directory.missing directory.noClient directory.proofDiffers */
export async function rotateSecretOf(
  work: Work,
  issuer: string,
  named: string,
  flags: { overlapHours?: string | undefined; publicKey?: string | undefined; days?: string | undefined },
): Promise<ClientFacts & { overlapHours: number }> {
  const { overlapHours: overlap, publicKey } = flags;
  const overlapHours = overlap === undefined ? 24 : readCount("--overlap-hours", overlap, { least: 0, most: 720 });
  const id = await findDirectory(work, named);
  const wanted = { overlapHours, publicKey, expiresAt: endOf(work, flags.days) };
  return { ...factsOf(issuer, await rotateDirectorySecret(work, id, wanted)), overlapHours };
}

/** The key in a file that a flag names. @throws UsageError it cannot be read */
export async function readKeyFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new UsageError(`\`--public-key\` names a file that cannot be read: \`${file}\`.`);
  }
}

/** Takes the client of a directory away. @throws directory.missing directory.noClient */
export async function removeClientOf(work: Work, named: string): Promise<string> {
  const id = await findDirectory(work, named);
  await removeDirectoryClient(work, id);
  return id;
}

function factsOf(issuer: string, client: DirectoryClient): ClientFacts {
  return { baseUrl: scimBaseUrl(issuer), tokenUrl: tokenUrl(issuer), scope: directoryScope, ...client };
}

function endOf(work: Work, days: string | undefined): Date | null {
  if (days === undefined) return null;
  return new Date(work.now.getTime() + readCount("--days", days, { least: 1, most: 3650 }) * dayMs);
}
