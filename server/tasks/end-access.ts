import { endAccess } from "../apps/end-access.ts";
import { inWork, trusted } from "../db/work.ts";
import { endAccessOfGroup } from "../groups/end-access-of-group.ts";
import type { House } from "../house.ts";
import type { Jobs } from "../jobs/add-job.ts";

const by = { actor: trusted("system", "access"), requestId: "access.end" };

/** Ends the access of all who may not use an app any more, a batch and a transaction at a time. */
export async function endAccessTo(house: House, { appId, userIds }: Jobs["access.end"]): Promise<void> {
  let after: string | undefined;
  do {
    const from = after;
    after = await inWork(house, by, async (work) => await endAccess(work, appId, userIds, from));
  } while (after !== undefined);
}

/** Looks which apps those who left a group could use because of it. */
export async function endAccessAfter(house: House, { groupId, memberIds }: Jobs["access.leftGroup"]): Promise<void> {
  await inWork(house, by, async (work) => await endAccessOfGroup(work, groupId, memberIds));
}
