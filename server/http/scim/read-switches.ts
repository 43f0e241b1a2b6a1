import { defaultSwitches } from "#scim/normalise/switches.ts";
import type { Switches } from "#scim/normalise/switches.ts";

/**
 * The habits of clients that a directory has switched on: those that are on by default, but for what it says itself.
 */
export function readSwitches(stored: Readonly<Record<string, unknown>>): Switches {
  const names = Object.keys(defaultSwitches) as (keyof Switches)[];
  const read = (name: keyof Switches): boolean => {
    const own = stored[name];
    return typeof own === "boolean" ? own : defaultSwitches[name];
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Switches;
}
