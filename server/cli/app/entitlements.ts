import {
  createEntitlement,
  deleteEntitlement,
  grantEntitlement,
  listEntitlements,
  presentEntitlement,
  revokeEntitlement,
} from "#server/apps/entitlements.ts";
import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { findApp } from "./find.ts";
import { resolveHolders } from "./holders.ts";
import type { HolderFlags } from "./holders.ts";

type Entitlement = ReturnType<typeof presentEntitlement>;

/** @throws app.missing entitlement.valueInvalid entitlement.valueTaken */
export async function createEntitlementOf(
  work: Work,
  named: string,
  value: string,
  name: string | undefined,
): Promise<Entitlement> {
  return presentEntitlement(await createEntitlement(work, await findApp(work, named), { value, name }));
}

/** @throws app.missing */
export async function listEntitlementsOf(work: Work, named: string): Promise<Entitlement[]> {
  return (await listEntitlements(work, await findApp(work, named))).map(presentEntitlement);
}

/** @throws app.missing entitlement.missing user.missing group.missing */
export async function grantEntitlementOf(
  work: Work,
  named: string,
  value: string,
  flags: HolderFlags,
): Promise<{ added: number }> {
  const { appId, id } = await find(work, named, value);
  return { added: await grantEntitlement(work, appId, id, await resolveHolders(work, flags)) };
}

/** @throws app.missing entitlement.missing app.holderMissing */
export async function revokeEntitlementOf(
  work: Work,
  named: string,
  value: string,
  flags: HolderFlags,
): Promise<{ removed: number }> {
  const { appId, id } = await find(work, named, value);
  const { userIds, groupIds } = await resolveHolders(work, flags);
  for (const holderId of [...userIds, ...groupIds]) await revokeEntitlement(work, appId, id, holderId);
  return { removed: userIds.length + groupIds.length };
}

/** @throws app.missing entitlement.missing */
export async function deleteEntitlementOf(work: Work, named: string, value: string): Promise<void> {
  const { appId, id } = await find(work, named, value);
  await deleteEntitlement(work, appId, id);
}

async function find(work: Work, named: string, value: string): Promise<{ appId: string; id: string }> {
  const appId = await findApp(work, named);
  const all = await listEntitlements(work, appId);
  const found = all.find((one) => one.value.toLowerCase() === value.toLowerCase());
  if (found === undefined) throw failure("entitlement.missing");
  return { appId, id: found.id };
}
