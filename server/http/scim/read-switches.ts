import { allSwitchesOn } from "#scim/normalise/switches.ts";
import type { Switches } from "#scim/normalise/switches.ts";

/**
 * The habits of clients that a directory has switched on; all are, unless one is switched off by its name.
 */
export function readSwitches(stored: Readonly<Record<string, unknown>>): Switches {
  const names = Object.keys(allSwitchesOn) as (keyof Switches)[];
  return Object.fromEntries(names.map((name) => [name, stored[name] !== false])) as unknown as Switches;
}
