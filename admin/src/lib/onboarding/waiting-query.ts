import { invitationStates } from "#contract/users.ts";
import type { Address } from "#console/list/address.ts";

/** The parts of the query that narrow the list. */
export const filterKeys = ["q", "invitation", "directory"] as const;

/** What the address narrows the list to; words it does not know are passed over. */
export function waitingWords(url: Address): { q?: string; invitation?: string; directory?: string } {
  const of = (key: string) => url.searchParams.get(key) ?? "";
  const invitation = invitationStates.find((state) => state === of("invitation"));
  return {
    ...(of("q") !== "" && { q: of("q") }),
    ...(invitation !== undefined && { invitation }),
    ...(of("directory") !== "" && { directory: of("directory") }),
  };
}

/** The same for whoever chooses users by a filter of the user list. */
export function waitingFilter(url: Address): Record<string, string> {
  return { ...waitingWords(url), status: "pending" };
}

/** For how many days back the figures are. */
export function daysOf(url: Address): number {
  const days = Number(url.searchParams.get("days") ?? 30);
  return [7, 30, 90].includes(days) ? days : 30;
}
