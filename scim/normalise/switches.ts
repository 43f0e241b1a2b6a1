import type { FilterHabits } from "../filter/filter-node.ts";
import type { ApplyPatchOptions } from "../patch/apply-patch.ts";
import type { ReadPatchOptions } from "../patch/read-patch.ts";

/**
 * The habits of real clients that a directory may have accepted, each on its own. With one off, the
 * library reads as strictly as the RFC allows.
 */
export interface Switches {
  /** (a) `Add`, `Replace`, `Remove`; off, the RFC's words alone are understood. */
  readonly operationCase: boolean;
  /** (b) "True" and "False" for booleans, in filters too. */
  readonly stringBooleans: boolean;
  /** (c) A bare value for a complex one, an array for a single one, a single one for an array. */
  readonly shapes: boolean;
  /** (d) `name.givenName`, `urn:…:User:employeeNumber`, `manager` and `emails[type eq "work"].value` as names of members. */
  readonly flatNames: boolean;
  /** (e) `remove` with a value removes the values listed; off, it removes all (RFC 7644 §3.5.2.2). */
  readonly removeWithValue: boolean;
  /** (f) The schema URNs of SCIM 1.1 and OneLogin mean ours; URNs of nobody's are dropped with what they hold. */
  readonly foreignSchemas: boolean;
  /** (g) add and replace make the element their filter describes; off, they are `noTarget`. */
  readonly createOnFilterMiss: boolean;
  /** `externalId eq jyoung` means `externalId eq "jyoung"`; off, it is `invalidFilter`. */
  readonly bareFilterValues: boolean;
  /** Members that no schema has are dropped, as Microsoft's own tests expect; off, they are `invalidSyntax`. */
  readonly unknownNames: boolean;
  /** Members of a group that name nobody are left out; off, they refuse the request. For the server: not used here. */
  readonly unknownMembers: boolean;
}

/** All are on, but for the one with which a client would believe in members that are not there. */
export const defaultSwitches: Switches = {
  operationCase: true,
  stringBooleans: true,
  shapes: true,
  flatNames: true,
  removeWithValue: true,
  foreignSchemas: true,
  createOnFilterMiss: true,
  bareFilterValues: true,
  unknownNames: true,
  unknownMembers: false,
};

/** The switches that act while a patch is read and applied: for `readPatch`, `applyPatch` and `planGroupPatch`. */
export function patchOptions(switches: Switches): ReadPatchOptions & ApplyPatchOptions {
  return {
    removeWithValue: switches.removeWithValue ? "listed" : "all",
    createOnFilterMiss: switches.createOnFilterMiss,
    filters: filterHabits(switches),
    operationCase: switches.operationCase ? "any" : "lower",
  };
}

/** What `parseFilter` may forgive. */
export function filterHabits({ bareFilterValues, stringBooleans }: Switches): FilterHabits {
  return { bareValues: bareFilterValues, stringBooleans };
}

/** What a normaliser gives back: the body to read, and a line for every coercion, for the request log. */
export interface Normalised {
  body: unknown;
  coercions: string[];
}
