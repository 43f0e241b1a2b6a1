import { mailNames } from "#contract/mail-templates.ts";
import { mailStates } from "#contract/records.ts";
import type { Address } from "#console/list/address.ts";

/** What the address narrows the outbox to; words it does not know are passed over. */
export function mailWords(url: Address): {
  state: (typeof mailStates)[number] | undefined;
  template: (typeof mailNames)[number] | undefined;
  q: string | undefined;
} {
  const of = (key: string) => url.searchParams.get(key) ?? "";
  return {
    state: mailStates.find((name) => name === of("state")),
    template: mailNames.find((name) => name === of("kind")),
    q: of("q") === "" ? undefined : of("q"),
  };
}
