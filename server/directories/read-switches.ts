import { defaultSwitches } from "#scim/normalise/switches.ts";
import { directorySwitches } from "../contract/directory-products.ts";
import type { DirectorySwitch } from "../contract/directory-products.ts";

type Switched = Record<DirectorySwitch, boolean>;

/** The habits of clients that a directory has switched on: those that are on by default, but for what it says itself. */
export function readSwitches(stored: Readonly<Record<string, unknown>>): Switched {
  const read = (name: DirectorySwitch): boolean => {
    const own = stored[name];
    return typeof own === "boolean" ? own : defaultSwitches[name];
  };
  return Object.fromEntries(directorySwitches.map((name) => [name, read(name)])) as Switched;
}

/** What is stored after some were switched: those that are not as they are by default. */
export function withSwitches(
  stored: Readonly<Record<string, unknown>>,
  change: Partial<Switched> = {},
): Partial<Switched> {
  const after = { ...readSwitches(stored), ...change };
  return Object.fromEntries(
    directorySwitches.flatMap((name) => (after[name] === defaultSwitches[name] ? [] : [[name, after[name]]])),
  );
}
