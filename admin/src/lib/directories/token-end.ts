/** Ways to say when a token ends: never, after days, or at a time that is typed. */
export type TokenEnd = "" | "90" | "180" | "365" | "at";

const dayMs = 24 * 3_600_000;

/** The end that was chosen, for the body of a request; null: never. */
export function endOf(choice: TokenEnd, typed: string, now: Date): string | null {
  if (choice === "") return null;
  if (choice !== "at") return new Date(now.getTime() + Number(choice) * dayMs).toISOString();
  return isoOf(typed) ?? new Date(0).toISOString();
}

/** What a field of date and time holds, which has no zone and means that of the browser; undefined: nothing. */
export function isoOf(typed: string): string | undefined {
  const at = new Date(typed);
  return typed === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
