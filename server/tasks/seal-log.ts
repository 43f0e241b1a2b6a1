import { pruneEvents, sealEvents } from "../audit/seal-events.ts";
import { renewSealKey } from "../audit/seal.ts";
import { selectLastSeal } from "../db/sql/event-seals.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { readSettings } from "../settings/read-settings.ts";

const by = { actor: trusted("system", "log"), requestId: "log.seal" };

/** A bound on one run; the next comes a minute later. */
const mostRounds = 200;

/** Seals what was recorded since the last time. */
export async function sealLog(house: House): Promise<void> {
  const key = await renewSealKey(house.db, house.keyring);
  for (let round = 0; round < mostRounds; round += 1) {
    if ((await inWork(house, by, async (work) => await sealEvents(work, key))) === 0) return;
  }
}

/** Lets old months of the log go once they are sealed, and tells the newest seal to the log of the server. */
export async function pruneLog(house: House): Promise<void> {
  const key = await renewSealKey(house.db, house.keyring);
  const days = (await readSettings(house.db))["logs.eventDays"];
  if (days > 0) {
    await sealLog(house);
    const before = new Date(house.now().getTime() - days * 86_400_000);
    await inWork(house, by, async (work) => await pruneEvents(work, key, before));
  }
  const last = await selectLastSeal(house.db);
  // Wherever this log is kept, it witnesses how the seals were.
  if (last !== undefined) house.log.info({ head: `${last.number}:${last.hash.toString("hex")}` }, "the log is sealed");
}
