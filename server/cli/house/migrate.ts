import { StartError } from "#server/kernel/start-error.ts";
import { migrate } from "#server/db/migrate.ts";
import { openStore } from "../open-house.ts";

/** Brings the database to the newest schema. @returns the names of the files that were applied @throws StartError */
export async function migrateNow(env: NodeJS.ProcessEnv): Promise<string[]> {
  const { database } = await openStore(env);
  try {
    return await migrate(database.connection);
  } catch (error) {
    throw new StartError(`The database cannot be brought to the newest schema. ${String(error)}`);
  } finally {
    await database.close();
  }
}
