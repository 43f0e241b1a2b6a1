import { Writer } from "#console/words/moments.ts";

/** What the clock shows in a zone; undefined when nobody knows the zone. */
export function timeIn(zone: string, now: Date): string | undefined {
  try {
    return new Writer("en", zone).clock(now);
  } catch {
    return undefined;
  }
}
