import { matches } from "../filter/matches.ts";
import { refuse, ScimError } from "../messages/scim-error.ts";
import type { Attribute } from "../schema/attribute.ts";
import { isJsonObject, isUnassigned, own, sameJson, type Json, type JsonObject } from "../schema/json.ts";
import { isMissing, requireSubAttributes } from "../schema/read-value.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { withSchemas } from "../schema/with-schemas.ts";
import { elementFromFilter, valueFromFilter } from "./element-from-filter.ts";
import {
  addElements,
  appendElement,
  distinct,
  isPrimary,
  mergeParts,
  refuseImmutable,
  removeListed,
  replaceElement,
  withOnePrimary,
} from "./elements.ts";
import { describeTarget, type PatchTarget } from "./patch-path.ts";
import type { PatchOperation } from "./read-patch.ts";

export interface ApplyPatchOptions {
  /**
   * Whether add and replace behind a filter that selects nothing make the element the filter describes.
   * Entra ID depends on it; RFC 7644 §3.5.2.3 wants `noTarget`. Default true.
   */
  readonly createOnFilterMiss?: boolean;
}

export interface PatchedResource {
  resource: JsonObject;
  /** False when the result equals what was there: then neither lastModified nor the ETag may move. */
  changed: boolean;
}

/**
 * Most comparisons of a value with an existing one in a request: 1,000 operations on an attribute with 1,000
 * values. It keeps a request from occupying the process for more than about a second.
 */
export const maxPatchWork = 1_000_000;

/**
 * Applies checked operations in order (RFC 7644 §3.5.2). The input is not changed, so a failure leaves
 * everything as it was. Setting a password always counts as a change.
 *
 * @throws noTarget      a filter selects nothing and does not describe an element to make
 * @throws mutability    something immutable would change
 * @throws invalidValue  something required would be missing, or two values would be primary
 * @throws 413           see `maxPatchWork`
 */
export function applyPatch(
  resource: JsonObject,
  operations: readonly PatchOperation[],
  type: ResourceType,
  options: ApplyPatchOptions = {},
): PatchedResource {
  const createOnFilterMiss = options.createOnFilterMiss ?? true;
  const draft = structuredClone(resource);
  let work = 0;
  for (const operation of operations) {
    const { target } = operation;
    const holder = holderOf(draft, target);
    const before = own(holder, target.attribute.name);
    work += costOf(operation, before);
    if (work > maxPatchWork) throw new ScimError(413, "the operations touch too many values; send fewer at once");
    const after = step(operation, before, createOnFilterMiss);
    refuseImmutable(target.attribute, before, after, describeTarget(target));
    if (after === undefined || isEmpty(after)) delete holder[target.attribute.name];
    else holder[target.attribute.name] = after;
  }
  const result = withSchemas(draft, type);
  keepRequired(resource, result, type);
  return { resource: result, changed: !sameJson(withSchemas(resource, type), result) };
}

function costOf(operation: PatchOperation, before: Json | undefined): number {
  if (!Array.isArray(before)) return 0;
  const compared = operation.op === "remove" ? operation.listed : operation.op === "add" ? operation.value : undefined;
  return before.length * (Array.isArray(compared) ? compared.length : 1);
}

/** The object that has the attribute: the resource or one of its extensions, made if need be. */
function holderOf(draft: JsonObject, target: PatchTarget): JsonObject {
  if (target.extension === undefined) return draft;
  const held = own(draft, target.extension);
  if (isJsonObject(held)) return held;
  const made: JsonObject = {};
  draft[target.extension] = made;
  return made;
}

/** The value of the target's attribute after one operation; undefined when nothing is left of it. */
function step(operation: PatchOperation, before: Json | undefined, createOnFilterMiss: boolean): Json | undefined {
  const { target } = operation;
  if (operation.op === "remove") {
    if (operation.listed === undefined) return removeAt(target, before);
    return Array.isArray(before) ? removeListed(before, operation.listed, target.attribute) : before;
  }
  return target.filter === undefined
    ? writePlain(operation.op, target, before, operation.value)
    : writeFiltered(operation.op, target, before, operation.value, createOnFilterMiss);
}

function removeAt(target: PatchTarget, before: Json | undefined): Json | undefined {
  const { attribute, filter, sub } = target;
  if (before === undefined || (filter === undefined && sub === undefined)) return undefined;
  const strip = (element: Json): Json[] => {
    if (filter !== undefined && !matches(filter, element)) return [element];
    if (sub === undefined) return [];
    const stripped = mergeParts(element, { [sub.name]: null }, attribute, describeTarget(target));
    return isEmpty(stripped) ? [] : [stripped];
  };
  return Array.isArray(before) ? distinct(before.flatMap(strip)) : strip(before)[0];
}

function writePlain(op: "add" | "replace", target: PatchTarget, before: Json | undefined, value: Json): Json {
  const { attribute, sub } = target;
  const where = describeTarget(target);
  if (sub === undefined) {
    if (!attribute.multiValued) return attribute.type === "complex" ? merged(before, value, attribute, where) : value;
    const values = Array.isArray(value) ? value : [value];
    if (op === "replace" || !Array.isArray(before)) return values;
    return bounded(addElements(before, values, attribute, where), attribute, where);
  }
  if (!attribute.multiValued) return merged(before, { [sub.name]: value }, attribute, where);
  // `emails.value` without a filter means each element, and a first one where there is none.
  const elements = Array.isArray(before) && before.length > 0 ? before : [{}];
  const parts = { [sub.name]: value };
  const write = (one: Json): Json => merged(one, parts, attribute, where);
  return writeElements(elements, { selects: () => true, write, makesPrimary: isPrimary(parts) }, where);
}

function writeFiltered(
  op: "add" | "replace",
  target: PatchTarget,
  before: Json | undefined,
  value: Json,
  createOnFilterMiss: boolean,
): Json {
  const { attribute, filter, sub } = target;
  const where = describeTarget(target);
  if (filter === undefined) return value;
  const pinned = elementFromFilter(filter);
  const parts = sub === undefined ? value : { [sub.name]: value };
  const write = (one: Json): Json =>
    op === "replace" && sub === undefined
      ? replaceElement(one, value, pinned ?? {}, attribute, where)
      : merged(one, parts, attribute, where);

  if (!attribute.multiValued) {
    if (before !== undefined && matches(filter, before)) return write(before);
    if (before !== undefined) throw miss(target);
  } else {
    const elements = Array.isArray(before) ? before : [];
    const selects = (one: Json): boolean => matches(filter, one);
    if (elements.some(selects))
      return writeElements(elements, { selects, write, makesPrimary: isPrimary(parts) }, where);
  }
  const made = createOnFilterMiss ? makeElement(target, filter, pinned, parts) : undefined;
  if (made === undefined) throw miss(target);
  if (!attribute.multiValued) return made;
  return bounded(appendElement(Array.isArray(before) ? before : [], made, where), attribute, where);
}

function makeElement(
  target: PatchTarget,
  filter: FilterOf<PatchTarget>,
  pinned: JsonObject | undefined,
  parts: Json,
): Json | undefined {
  const { attribute } = target;
  if (attribute.type !== "complex") return valueFromFilter(filter) === undefined ? undefined : parts;
  if (pinned === undefined || !isJsonObject(parts)) return undefined;
  const described: JsonObject = {};
  for (const [name, value] of Object.entries(pinned)) {
    // What only the server may say, a filter cannot say for it.
    if (attribute.subAttributes.get(name.toLowerCase())?.mutability !== "readOnly") described[name] = value;
  }
  return merged(undefined, { ...described, ...parts }, attribute, describeTarget(target));
}

type FilterOf<Target extends PatchTarget> = Exclude<Target["filter"], undefined>;

interface Rewrite {
  selects: (element: Json) => boolean;
  write: (element: Json) => Json;
  /** Whether what is written says `primary: true`. */
  makesPrimary: boolean;
}

function writeElements(elements: readonly Json[], rewrite: Rewrite, where: string): Json[] {
  const chosen = new Set<number>();
  const written = elements.map((one, at) => {
    if (!rewrite.selects(one)) return one;
    if (rewrite.makesPrimary) chosen.add(at);
    return rewrite.write(one);
  });
  return distinct(withOnePrimary(written, chosen, where).filter((one) => !isEmpty(one)));
}

function merged(before: Json | undefined, parts: Json, attribute: Attribute, where: string): Json {
  const value = mergeParts(before, parts, attribute, where);
  if (isJsonObject(value) && Object.keys(value).length > 0) requireSubAttributes(attribute, value, where);
  return value;
}

function bounded(elements: Json[], attribute: Attribute, where: string): Json[] {
  if (elements.length <= attribute.maxItems) return elements;
  throw refuse("invalidValue", `${where} would have ${elements.length} values; at most ${attribute.maxItems} are kept`);
}

function miss(target: PatchTarget): ScimError {
  return refuse("noTarget", `no value of ${target.attribute.name} is selected by the filter of the path`);
}

function isEmpty(value: Json): boolean {
  return isUnassigned(value) || (isJsonObject(value) && Object.keys(value).length === 0);
}

/**
 * What is required and was there must still be there. What was missing before, because the organization
 * made it required later, must not stop a client from disabling somebody.
 */
function keepRequired(before: JsonObject, after: JsonObject, type: ResourceType): void {
  const check = (schema: Schema, old: Json | undefined, now: Json | undefined, prefix: string): void => {
    for (const { name, required } of schema.attributes.values()) {
      const had = isJsonObject(old) && !isMissing(own(old, name));
      const has = isJsonObject(now) && !isMissing(own(now, name));
      if (required && had && !has) throw refuse("invalidValue", `${prefix}${name} is required`);
    }
  };
  check(type.schema, before, after, "");
  for (const { schema } of type.extensions) {
    check(schema, own(before, schema.id), own(after, schema.id), `${schema.id}:`);
  }
}
