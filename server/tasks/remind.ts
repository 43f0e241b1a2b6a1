import { record } from "../audit/record.ts";
import { selectForgetful, takeReminder } from "../db/sql/onboardings.ts";
import { lockUser } from "../db/sql/users.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import { readSettings } from "../settings/read-settings.ts";

const dayMs = 86_400_000;

// So many in one run; the next comes an hour later, and a mail server is not flooded.
const mostReminders = 5000;

/**
 * Sends the activation mail again to people who have not used it (O3), as often and as late as the organization wants.
 *
 * @returns how many were reminded
 */
export async function remindForgetful(house: House): Promise<number> {
  const settings = await readSettings(house.db);
  const days = settings["onboarding.remindDays"];
  if (days === 0) return 0;
  const now = house.now();
  const forgetful = await selectForgetful(house.db, {
    before: new Date(now.getTime() - days * dayMs),
    times: settings["onboarding.remindTimes"],
    limit: mostReminders,
  });
  let count = 0;
  for (const one of forgetful) {
    const by = { actor: trusted("system", "reminders"), requestId: "onboarding.remind" };
    await inWork(house, by, async (work) => {
      const user = await lockUser(work.tx, one.user_id);
      if (user?.status !== "pending" || !(await takeReminder(work.tx, one, work.now))) return;
      addJob(
        work.tx,
        "activation.send",
        { userId: one.user_id, isReminder: true },
        { key: `activation:${one.user_id}` },
      );
      record(work, {
        type: "user.activationReminded",
        subject: { kind: "user", id: one.user_id, name: user.display_name },
        details: { count: one.reminders + 1 },
      });
      count += 1;
    });
  }
  return count;
}
