import type { House } from "#server/house.ts";
import { inWork } from "#server/db/work.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { StartError } from "#server/kernel/start-error.ts";
import { operator } from "../open-house.ts";
import { seedPeople } from "./seed-people.ts";
import { seedUse } from "./seed-use.ts";
import { tidy } from "./tidy.ts";

export interface Seeded {
  directoryId: string;
  users: number;
  groups: number;
  events: number;
}

/**
 * Fills a house that nobody uses yet with made-up people, groups and ninety days of their sign-ins, all of it or nothing.
 *
 * @param wish.events how many lines the log is to have in all
 * @throws StartError somebody uses the house already
 */
export async function seed(house: House, wish: { users: number; events: number }): Promise<Seeded> {
  const used = await house.db.row<{ used: boolean }>(
    "select exists (select from directories) or (select count(*) from (select from users limit 2) found) > 1 as used",
  );
  if (used?.used === true)
    throw new StartError("This house is in use. Made-up people are put only into one that is new.");
  const { directory } = await inWork(house, operator(), async (work) => {
    return await createDirectory(work, { name: "Made-up people" });
  });
  await house.db.inTransaction(async (tx) => {
    await seedPeople(tx, directory.id, wish.users);
    await seedUse(tx, wish.events);
  });
  await tidy(house.db);
  const counted = await house.db.row<Omit<Seeded, "directoryId">>(
    `select (select count(*)::int from users) as users, (select count(*)::int from groups) as groups,
       (select count(*)::int from events) as events`,
  );
  return { directoryId: directory.id, ...(counted ?? { users: 0, groups: 0, events: 0 }) };
}
