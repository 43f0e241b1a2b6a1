import { shortenSessions } from "../db/sql/sessions.ts";
import type { House } from "../house.ts";
import { readLifetimes } from "../sessions/lifetimes.ts";

// Small enough that nobody waits for the locks of one statement.
const batch = 1000;

/** Brings the ends of all sessions in line with lifetimes that were made shorter. */
export async function shortenAll(house: House): Promise<void> {
  const lifetimes = await readLifetimes(house.db);
  while ((await shortenSessions(house.db, house.now(), lifetimes, batch)) === batch);
}
