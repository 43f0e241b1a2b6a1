import { record } from "../audit/record.ts";
import { lockUser, selectUserByLogin } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Tx } from "../db/connect.ts";
import { inWork } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import type { House } from "../house.ts";
import type { Jobs } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";
import { localeOf } from "../kernel/words/locale.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { queueMail } from "../mail/queue-mail.ts";
import { makeLink } from "../onboarding/links.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { Settings } from "../settings/definitions.ts";

/** Writes the activation mail with a fresh link; nothing when the account is gone, disabled or activated already. */
export async function sendActivation(house: House, userId: UserId): Promise<void> {
  await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined || user.email === null || user.onboarded_at !== null || user.disabled_at !== null) return;
    const settings = await readSettings(tx);
    const now = house.now();
    const link = await makeLink(tx, house.config.issuer, "activation", user.id, now);
    await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: "activation",
      locale: localeFor(user, settings),
      now,
      data: {
        organization: settings["organization.name"],
        name: user.display_name,
        username: user.username ?? "",
        link: link.url,
        ttlSeconds: (link.expiresAt.getTime() - now.getTime()) / 1000,
      },
    });
  });
}

/**
 * Looks up who asked for a reset and writes the mail. Nobody is told when there is no such account; the log has a line
 * only when there is one, because what was typed else may be a password. Somebody who has never activated gets the
 * activation mail instead: there is no password to reset.
 *
 * @param address where it was asked from
 */
export async function sendReset(house: House, login: string, address?: string): Promise<void> {
  const user = login.includes("\0") ? undefined : await selectUserByLogin(house.db, login);
  if (user === undefined) return;
  const stranger: Actor = {
    kind: "stranger",
    id: null,
    name: "",
    can: () => false,
    ...(address === undefined ? {} : { address }),
  };
  await inWork(house, { actor: stranger, requestId: "reset.send" }, async (work) => {
    record(work, { type: "user.resetRequested", subject: { kind: "user", id: user.id, name: user.display_name } });
  });
  await sendResetTo(house, user.id);
}

/** The same for a known account. */
export async function sendResetTo(house: House, userId: UserId): Promise<void> {
  const isPending = await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined || user.email === null || user.disabled_at !== null) return false;
    if (user.onboarded_at === null) return true;
    await writeReset(house, tx, user, user.email);
    return false;
  });
  if (isPending) await sendActivation(house, userId);
}

/** Tells a person that the password was changed. */
export async function tellPasswordChanged(house: House, told: Jobs["password.tellChanged"]): Promise<void> {
  const { userId, by, address } = told;
  await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined || user.email === null) return;
    const settings = await readSettings(tx);
    const now = house.now();
    await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: "password-changed",
      locale: localeFor(user, settings),
      now,
      data: {
        organization: settings["organization.name"],
        name: user.display_name,
        username: user.username ?? "",
        by,
        ...(address === undefined ? {} : { address }),
        changedAt: now,
        timeZone: user.time_zone ?? settings["organization.timeZone"],
        link: `${house.config.issuer}/reset`,
      },
    });
  });
}

async function writeReset(house: House, tx: Tx, user: UserRow, to: string): Promise<void> {
  const settings = await readSettings(tx);
  const now = house.now();
  const link = await makeLink(tx, house.config.issuer, "reset", user.id, now);
  await queueMail(house, tx, {
    to,
    userId: user.id,
    name: "password-reset",
    locale: localeFor(user, settings),
    now,
    data: {
      organization: settings["organization.name"],
      name: user.display_name,
      username: user.username ?? "",
      link: link.url,
      ttlSeconds: (link.expiresAt.getTime() - now.getTime()) / 1000,
    },
  });
}

function localeFor(user: UserRow, settings: Settings): Locale {
  return localeOf(user.locale) ?? localeOf(settings["organization.locale"]) ?? "en";
}
