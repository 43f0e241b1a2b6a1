import type { Notes } from "../messages/notes.ts";
import { ScimError } from "../messages/scim-error.ts";
import { parsePatchPath, type PatchPath } from "../patch/patch-path.ts";
import { resolvePath } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import { filterHabits, type Switches } from "./switches.ts";

/** Names with a filter that are read in one request. More are nobody's, and reading them would take long. */
const mostFilters = 200;

/**
 * Reads what names of members mean as paths: `name.givenName`, `manager`, `urn:…:User:employeeNumber`, and Entra ID's
 * `emails[type eq "work"].value`. One for each request, since it remembers.
 */
export class FlatNames {
  readonly #type: ResourceType;
  readonly #switches: Switches;
  readonly #coercions: Notes;
  readonly #read = new Map<string, PatchPath | undefined>();
  #filters = 0;

  constructor(type: ResourceType, switches: Switches, coercions: Notes) {
    this.#type = type;
    this.#switches = switches;
    this.#coercions = coercions;
  }

  /** @returns undefined when it is no path, or flat names are switched off */
  read(name: string): PatchPath | undefined {
    if (!this.#switches.flatNames) return undefined;
    if (!name.includes("[")) {
      const path = resolvePath(name, this.#type);
      return path === undefined ? undefined : { kind: "target", target: { ...path, filter: undefined } };
    }
    if (!this.#read.has(name)) this.#read.set(name, this.#readFilter(name));
    return this.#read.get(name);
  }

  #readFilter(name: string): PatchPath | undefined {
    this.#filters += 1;
    if (this.#filters > mostFilters) return undefined;
    try {
      const note = (line: string): void => this.#coercions.add(line);
      return parsePatchPath(name, this.#type, { ...filterHabits(this.#switches), note });
    } catch (error) {
      // The reader will say that there is no such attribute.
      if (error instanceof ScimError) return undefined;
      throw error;
    }
  }
}
