import type { DirectoryProduct, DirectorySwitch } from "#server/contract/directory-products.ts";
import type { Work } from "#server/db/work.ts";
import { presentDirectory, readDirectory } from "#server/directories/list-directories.ts";
import { updateDirectory } from "#server/directories/update-directory.ts";
import { UsageError } from "../command.ts";
import { readRateLimit } from "./create.ts";
import { findDirectory } from "./find.ts";

interface SetFlags {
  name: string | undefined;
  product: string | undefined;
  rateLimit: string | undefined;
  adopt: string | undefined;
  ownPasswords: string | undefined;
  accept: string[] | undefined;
  refuse: string[] | undefined;
}

/** Changes a directory; what has no flag stays. @throws directory.* UsageError */
export async function changeDirectory(
  work: Work,
  issuer: string,
  named: string,
  flags: SetFlags,
): Promise<ReturnType<typeof presentDirectory>> {
  const { name, product, rateLimit, adopt, ownPasswords, accept = [], refuse = [] } = flags;
  const both = accept.find((one) => refuse.includes(one));
  if (both !== undefined) throw new UsageError(`\`${both}\` is accepted and refused at once.`);
  const id = await findDirectory(work, named);
  // The table of commands lets only known words through.
  await updateDirectory(work, id, {
    ...(name !== undefined && { name }),
    ...(product !== undefined && { product: product as DirectoryProduct }),
    ...(rateLimit !== undefined && { rateLimit: readRateLimit(rateLimit) }),
    ...(adopt !== undefined && { adopt: adopt === "off" ? null : (adopt as "username" | "email") }),
    ...(ownPasswords !== undefined && { ownPasswords: ownPasswords === "yes" }),
    switches: switchesOf(accept, refuse),
  });
  return presentDirectory(await readDirectory(work, id), issuer);
}

function switchesOf(accept: readonly string[], refuse: readonly string[]): Partial<Record<DirectorySwitch, boolean>> {
  return Object.fromEntries([...accept.map((name) => [name, true]), ...refuse.map((name) => [name, false])]) as Partial<
    Record<DirectorySwitch, boolean>
  >;
}
