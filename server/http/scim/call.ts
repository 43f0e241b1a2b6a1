import type { JsonObject } from "#scim/schema/json.ts";
import type { ResourceType } from "#scim/schema/resource-type.ts";
import type { Switches } from "#scim/normalise/switches.ts";
import type { AttributeSet } from "../../attributes/attribute-set.ts";
import type { Actor } from "../../db/work.ts";
import type { IdentifiedDirectory } from "../../directories/identify-directory.ts";
import type { House } from "../../house.ts";
import type { Settings } from "../../settings/definitions.ts";
import type { CountMemory } from "./count-memory.ts";
import type { PlaceMemory } from "./place-memory.ts";

/** One request of a directory, or one operation of a bulk request: all that a handler needs, without HTTP. */
export interface Call {
  house: House;
  directory: IdentifiedDirectory;
  actor: Actor;
  requestId: string;
  /** Address of the SCIM root, without a slash at the end. */
  baseUrl: string;
  types: ScimTypes;
  /** The settings of the organization. */
  settings(): Promise<Settings>;
  switches: Switches;
  query: URLSearchParams;
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
  counts: CountMemory;
  places: PlaceMemory;
  /** Reads the body. @throws ScimError 400 413 415 */
  body(): Promise<unknown>;
  /** Keeps for the request log what was read differently from what was sent. */
  note(lines: readonly string[]): void;
}

/** What there is, as of one version of the organization's attributes. */
export interface ScimTypes {
  user: ResourceType;
  group: ResourceType;
  /** What users and groups have together, for queries that are about both. */
  any: ResourceType;
  /** The organization's own attributes of users; those that directories reach are an extension of `user`. */
  attributes: AttributeSet;
}

/** What a handler answers. A body that comes in pieces is one that is too large to be held. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: JsonObject | object | AsyncIterable<string>;
}

/** @param id what the address names behind the type; "" where it names nothing */
export type Handler = (call: Call, id: string) => Promise<Reply>;
