import { selectAwaited, selectConfirmation } from "../db/sql/sign-in-confirmations.ts";
import type { ConfirmationRow } from "../db/sql/sign-in-confirmations.ts";
import { lockUser, selectManagers, selectUser } from "../db/sql/users.ts";
import type { House } from "../house.ts";
import type { Jobs } from "../jobs/add-job.ts";
import { placeName } from "../kernel/places.ts";
import type { Locale } from "../kernel/words/locale.ts";
import type { MailSignIn } from "../mail/mail-data.ts";
import { queueMail } from "../mail/queue-mail.ts";
import { browserName } from "../sessions/browser-name.ts";
import { readSettings } from "../settings/read-settings.ts";
import { confirmSecret } from "../signin/protect-attempt.ts";
import { maskAddress } from "../users/mask-address.ts";
import { localeFor } from "./send-link-mail.ts";

/** More people than this need not read of one stranger. */
const mostManagers = 50;

/** Sends the link that a sign-in waits for; nothing when it waits no more. */
export async function sendConfirmLink(house: House, confirmationId: string): Promise<void> {
  await house.db.inTransaction(async (tx) => {
    const now = house.now();
    const confirmation = await selectAwaited(tx, confirmationId, now);
    const user = confirmation === undefined ? undefined : await lockUser(tx, confirmation.user_id);
    if (confirmation === undefined || user === undefined || user.email === null) return;
    const settings = await readSettings(tx);
    const locale = localeFor(user, settings);
    await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: "sign-in-confirm",
      locale,
      now,
      data: {
        organization: settings["organization.name"],
        name: user.display_name,
        username: user.username ?? "",
        ...factsOf(house, signInOf(confirmation), locale),
        timeZone: user.time_zone ?? settings["organization.timeZone"],
        link: `${house.config.issuer}/signin/confirm/${confirmSecret(house.keyring, confirmation.id)}`,
        ttlSeconds: (confirmation.expires_at.getTime() - now.getTime()) / 1000,
      },
    });
  });
}

/** Tells a person of a sign-in from where the account was not used before. */
export async function tellNewSignIn(house: House, told: Jobs["signIn.tellNew"]): Promise<void> {
  await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, told.userId);
    if (user === undefined || user.email === null) return;
    const settings = await readSettings(tx);
    const locale = localeFor(user, settings);
    const { app = null, address = null, userAgent = null } = told;
    await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: "sign-in-new",
      locale,
      now: house.now(),
      data: {
        organization: settings["organization.name"],
        name: user.display_name,
        username: user.username ?? "",
        ...factsOf(house, { at: new Date(told.at), app, address, userAgent }, locale),
        timeZone: user.time_zone ?? settings["organization.timeZone"],
        what: (["device", "place", "network"] as const).find((kind) => told.news.includes(kind)) ?? "network",
        link: `${house.config.issuer}/account/`,
      },
    });
  });
}

/** Tells those who manage accounts that somebody said of a sign-in that it was not theirs. */
export async function tellDenied(house: House, confirmationId: string): Promise<void> {
  await house.db.inTransaction(async (tx) => {
    const confirmation = await selectConfirmation(tx, confirmationId);
    const user = confirmation === undefined ? undefined : await selectUser(tx, confirmation.user_id);
    if (confirmation === undefined || user === undefined) return;
    const settings = await readSettings(tx);
    for (const manager of await selectManagers(tx, mostManagers)) {
      const locale = localeFor(manager, settings);
      const maySeeAll = manager.permissions.includes("fullAddresses");
      await queueMail(house, tx, {
        to: manager.email,
        userId: manager.id,
        name: "sign-in-denied",
        locale,
        now: house.now(),
        data: {
          organization: settings["organization.name"],
          name: manager.display_name,
          person: user.display_name,
          username: user.username ?? "",
          ...factsOf(house, signInOf(confirmation), locale, maySeeAll),
          timeZone: manager.time_zone ?? settings["organization.timeZone"],
          link: `${house.config.issuer}/admin/users/${user.id}`,
        },
      });
    }
  });
}

interface SignInFacts {
  at: Date;
  app: string | null;
  address: string | null;
  userAgent: string | null;
}

function signInOf(row: ConfirmationRow): SignInFacts {
  return { at: row.created_at, app: row.app_name, address: row.address, userAgent: row.user_agent };
}

/** Mails are read over shoulders and forwarded: an address is whole only for those who may see whole ones. */
function factsOf(
  house: House,
  { at, app, address, userAgent }: SignInFacts,
  locale: Locale,
  isWhole = false,
): Omit<MailSignIn, "timeZone"> {
  const place = house.places.placeOf(address);
  const device = browserName(userAgent);
  return {
    at,
    ...(app === null ? {} : { app }),
    ...(device === null ? {} : { device }),
    ...(place === undefined ? {} : { place: placeName(place, locale) }),
    ...(address === null ? {} : { address: isWhole ? address : maskAddress(address) }),
  };
}
