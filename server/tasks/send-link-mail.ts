import { record } from "../audit/record.ts";
import { selectCredential } from "../db/sql/credentials.ts";
import { noteLink } from "../db/sql/onboardings.ts";
import { hasFreshLink } from "../db/sql/single-use-tokens.ts";
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

/** A person who tries an expired password gets one mail about it in this time. */
const quietMinutes = 5;

/** Writes the activation mail with a fresh link; nothing when the account is gone, disabled or activated already. */
export async function sendActivation(house: House, userId: UserId, isReminder = false): Promise<void> {
  await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined || user.email === null || user.onboarded_at !== null || user.disabled_at !== null) return;
    const settings = await readSettings(tx);
    const now = house.now();
    const link = await makeLink(tx, house.config.issuer, "activation", user.id, now);
    const mailId = await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: isReminder ? "activation-reminder" : "activation",
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
    const state = house.config.smtpUrl === undefined ? "kept" : "waiting";
    await noteLink(tx, { userId, now, expiresAt: link.expiresAt, mail: { id: mailId, state } });
  });
}

/** Writes the welcome mail; nothing when the account is gone or disabled. */
export async function sendWelcome(house: House, userId: UserId): Promise<void> {
  await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined || user.email === null || user.disabled_at !== null) return;
    const settings = await readSettings(tx);
    await queueMail(house, tx, {
      to: user.email,
      userId: user.id,
      name: "welcome",
      locale: localeFor(user, settings),
      now: house.now(),
      data: {
        organization: settings["organization.name"],
        name: user.display_name,
        username: user.username ?? "",
        link: `${house.config.issuer}/account/`,
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

/**
 * Writes to a person whose password has expired how to set another. Nothing when it does not hold any more, or a mail
 * with a link went out just before: whoever tries the old password again and again gets one.
 */
export async function tellPasswordExpired(house: House, userId: UserId): Promise<void> {
  const isPending = await house.db.inTransaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === undefined || user.email === null || user.disabled_at !== null) return false;
    const now = house.now();
    const credential = await selectCredential(tx, userId);
    if (credential?.expires_at == null || credential.expires_at > now) return false;
    if (await hasFreshLink(tx, userId, new Date(now.getTime() - quietMinutes * 60_000))) return false;
    if (user.onboarded_at === null) return true;
    await writeReset(house, tx, user, user.email, "password-expired");
    return false;
  });
  if (isPending) await sendActivation(house, userId);
}

async function writeReset(
  house: House,
  tx: Tx,
  user: UserRow,
  to: string,
  name: "password-reset" | "password-expired" = "password-reset",
): Promise<void> {
  const settings = await readSettings(tx);
  const now = house.now();
  const link = await makeLink(tx, house.config.issuer, "reset", user.id, now);
  await queueMail(house, tx, {
    to,
    userId: user.id,
    name,
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

/** The language to write to somebody in. */
export function localeFor(user: Pick<UserRow, "locale">, settings: Settings): Locale {
  return localeOf(user.locale) ?? localeOf(settings["organization.locale"]) ?? "en";
}
