import { rememberOrigins, selectKnown } from "../db/sql/known-origins.ts";
import type { OriginKind } from "../db/sql/known-origins.ts";
import type { Queryable } from "../db/queryable.ts";
import type { UserId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { Origin } from "./origin.ts";

/** What is new about where somebody signs in from. */
export interface News {
  kinds: OriginKind[];
  /** Whether there was a sign-in before; the first one of an account is new against nothing. */
  isFirst: boolean;
}

/** Bounds what one account can make the house keep: somebody who travels for a year has fewer. */
export const mostOfAKind = 50;

/**
 * What of a browser, network and place a user has not signed in from lately (S3).
 *
 * @param deviceSecret what the browser's long-lived cookie says
 */
export async function newsOf(
  from: Queryable,
  userId: UserId,
  deviceSecret: string,
  origin: Origin,
  now: Date,
): Promise<News> {
  const { "protection.rememberDays": days } = await readSettings(from);
  const since = new Date(now.getTime() - days * 86_400_000);
  const known = await selectKnown(from, userId, { device: hashSecret(deviceSecret), ...origin }, since);
  return {
    kinds: (["device", "network", "place"] as const).filter((kind) => !known[kind]),
    isFirst: !known.has_history,
  };
}

/**
 * Remembers a browser in which somebody used a link from a mail to the account: they have shown there that they read
 * its mailbox, and account protection would ask for nothing else.
 */
export async function rememberBrowser(
  to: Queryable,
  userId: UserId,
  deviceSecret: string,
  origin: Origin,
  now: Date,
): Promise<void> {
  const device = { kind: "device" as const, key: hashSecret(deviceSecret).toString("hex") };
  await rememberOrigins(to, userId, [device, ...keysOf(origin)], now, mostOfAKind);
}

/** The network and the place of a sign-in, as they are remembered; its device is registered. */
export function keysOf({ network, place }: Origin): { kind: OriginKind; key: string }[] {
  return [
    { kind: "network" as const, key: network },
    ...(place === null ? [] : [{ kind: "place" as const, key: place }]),
  ];
}
