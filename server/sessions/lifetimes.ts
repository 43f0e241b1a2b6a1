import type { Queryable } from "../db/queryable.ts";
import { moveSessionEnd } from "../db/sql/sessions.ts";
import type { Settings } from "../settings/definitions.ts";
import { readSettings } from "../settings/read-settings.ts";

/** How long sessions live (ASVS 7.3.1, 7.3.2). */
export interface Lifetimes {
  idleSeconds: number;
  absoluteSeconds: number;
}

/** What the organization allows. */
export async function readLifetimes(from: Queryable): Promise<Lifetimes> {
  return lifetimesIn(await readSettings(from));
}

/** The same, in settings that are read already. */
export function lifetimesIn(settings: Pick<Settings, "sessions.idleMinutes" | "sessions.absoluteHours">): Lifetimes {
  return {
    idleSeconds: settings["sessions.idleMinutes"] * 60,
    absoluteSeconds: settings["sessions.absoluteHours"] * 3600,
  };
}

/**
 * When a session is over that is used at this moment.
 *
 * @param provenAt when the person last proved who they are; the absolute lifetime counts from then
 */
export function sessionEnd(provenAt: Date, now: Date, { idleSeconds, absoluteSeconds }: Lifetimes): Date {
  return new Date(Math.min(now.getTime() + idleSeconds * 1000, provenAt.getTime() + absoluteSeconds * 1000));
}

/** Notes that a session is used, which moves its end; at most once a minute. A session that is over stays over. */
export async function useSession(to: Queryable, sessionId: string, now: Date): Promise<void> {
  await moveSessionEnd(to, sessionId, now, await readLifetimes(to));
}
