import { lockUser } from "../db/sql/users.ts";
import type { House } from "../house.ts";
import type { Jobs } from "../jobs/add-job.ts";
import { queueMail } from "../mail/queue-mail.ts";
import { readSettings } from "../settings/read-settings.ts";
import { localeFor } from "./send-link-mail.ts";

/** Tells a person that their second factors were changed; nothing when the account is gone or has no address. */
export async function tellFactorChanged(house: House, told: Jobs["factor.tellChanged"]): Promise<void> {
  const { userId, ...change } = told;
  await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined || user.email === null) return;
    const settings = await readSettings(tx);
    const now = house.now();
    await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: "factor-changed",
      locale: localeFor(user, settings),
      now,
      data: {
        organization: settings["organization.name"],
        name: user.display_name,
        username: user.username ?? "",
        ...change,
        changedAt: now,
        timeZone: user.time_zone ?? settings["organization.timeZone"],
        link: `${house.config.issuer}/account/factors`,
      },
    });
  });
}
