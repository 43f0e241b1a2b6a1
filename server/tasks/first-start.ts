import { Failure } from "../contract/failure.ts";
import { lockAdministrators } from "../db/sql/users.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { makeSetupLink, setUpAdministrator } from "../onboarding/set-up.ts";
import { adminRole } from "../permissions/read-role.ts";

/**
 * Sees to it that a fresh installation has, or can get, its first administrator (C4): from ADMIN_USERNAME, ADMIN_EMAIL
 * and ADMIN_PASSWORD, else by a one-time link. There is no default password.
 *
 * @returns the link when one is needed
 * @throws password.* user.* when the environment names an administrator that the rules refuse
 */
export async function firstStart(house: House): Promise<{ setupLink?: string }> {
  const by = { actor: trusted("system", "first start"), requestId: "first-start" };
  const hasAdministrator = await inWork(
    house,
    by,
    async (work) => (await lockAdministrators(work.tx, adminRole)).length > 0,
  );
  if (hasAdministrator) return {};
  const { admin } = house.config;
  if (admin === undefined) return { setupLink: await makeSetupLink(house, by.requestId) };
  try {
    await setUpAdministrator(house, {
      username: admin.username,
      displayName: admin.username,
      email: admin.email,
      password: admin.password,
      requestId: by.requestId,
    });
  } catch (error) {
    // Another machine that started at the same time was first.
    if (!(error instanceof Failure && error.code === "setup.done")) throw error;
  }
  return {};
}
