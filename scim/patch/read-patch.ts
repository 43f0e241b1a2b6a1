import type { FilterHabits } from "../filter/filter-node.ts";
import { Notes } from "../messages/notes.ts";
import { kindOf, quote, refuse, ScimError } from "../messages/scim-error.ts";
import { patchOpUrn } from "../messages/urns.ts";
import type { Attribute } from "../schema/attribute.ts";
import { isObject, isUnassigned, ownIgnoringCase, type Json, type JsonObject } from "../schema/json.ts";
import { readPartial, readSingle, readValue } from "../schema/read-value.ts";
import { resolveInSchema, resolveSchema } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { describeTarget, parsePatchPath, type PatchPath, type PatchTarget } from "./patch-path.ts";

/**
 * One checked step. The operations of a request become one or more steps each: one without a path is a
 * step per attribute. Values are typed and in the case of the schema.
 */
export type PatchOperation =
  /** `value` is an array for a whole multi-valued attribute, and may hold nulls where sub-attributes are cleared. */
  | { readonly op: "add" | "replace"; readonly target: PatchTarget; readonly value: Json }
  /** `listed`: only the values that contain one of these. `cleared`: it came as a replace by null or []. */
  | { readonly op: "remove"; readonly target: PatchTarget; readonly listed?: readonly Json[]; readonly cleared?: true };

export interface ReadPatch {
  operations: PatchOperation[];
  /** What was left alone, one readable line each, for the request log. */
  notes: string[];
}

export interface ReadPatchOptions {
  /**
   * What `remove` of a multi-valued attribute with a value means. "listed": these values only, as Entra ID
   * means it. "all": the value is ignored, as RFC 7644 §3.5.2.2 reads. Default "listed".
   */
  readonly removeWithValue?: "listed" | "all";
  /** What the filters of paths may get wrong. */
  readonly filters?: FilterHabits;
  /** Whether `Add` and `REPLACE` are read too, as Entra ID writes them. "lower": the RFC's words alone. Default "any". */
  readonly operationCase?: "any" | "lower";
}

/** Most operations in one request. One operation per member of a large group still fits. */
export const maxPatchOperations = 20_000;

/**
 * Reads the body of PATCH (RFC 7644 §3.5.2) and checks whatever can be checked without the resource.
 * An empty list of operations is accepted and does nothing; Microsoft's validator sends one.
 *
 * @throws invalidSyntax  no PatchOp, no Operations, unknown op, a member that the message does not have
 * @throws invalidPath    a path that is malformed or names no attribute
 * @throws invalidFilter  a bad filter in a path
 * @throws invalidValue   a value that does not fit its target, or none at all
 * @throws noTarget       remove without a path
 * @throws mutability     a path to something readOnly, or the removal of something required
 */
export function readPatch(body: unknown, type: ResourceType, options: ReadPatchOptions = {}): ReadPatch {
  const notes = new Notes();
  const operations = readMessage(body).flatMap((operation, index) => {
    const reader = new OperationReader(type, options, notes);
    try {
      return reader.read(operation);
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      throw new ScimError(error.status, `Operations[${index}]: ${error.detail}`, error.scimType);
    }
  });
  return { operations, notes: notes.list() };
}

/** The Operations of a PatchOp message, unread. */
function readMessage(body: unknown): unknown[] {
  if (!isObject(body)) throw refuse("invalidSyntax", `the body must be a PatchOp object, not ${kindOf(body)}`);
  const schemas = ownIgnoringCase(body, "schemas");
  const wanted = patchOpUrn.toLowerCase();
  if (!Array.isArray(schemas) || !schemas.some((urn) => typeof urn === "string" && urn.toLowerCase() === wanted)) {
    throw refuse("invalidSyntax", `schemas must contain ${patchOpUrn}`);
  }
  refuseStrangers(body, ["schemas", "operations"], "a PatchOp");
  const operations = ownIgnoringCase(body, "Operations");
  if (!Array.isArray(operations)) throw refuse("invalidSyntax", "Operations must be an array");
  if (operations.length > maxPatchOperations) {
    throw new ScimError(413, `Operations has ${operations.length} entries; at most ${maxPatchOperations} are allowed`);
  }
  return operations;
}

/** @throws invalidSyntax naming the first member that is none of the known ones */
function refuseStrangers(object: Record<string, unknown>, known: readonly string[], what: string): void {
  const stranger = Object.keys(object).find((name) => !known.includes(name.toLowerCase()));
  if (stranger !== undefined) throw refuse("invalidSyntax", `${what} has no member ${quote(stranger)}`);
}

class OperationReader {
  readonly #type: ResourceType;
  readonly #options: ReadPatchOptions;
  readonly #notes: Notes;

  constructor(type: ResourceType, options: ReadPatchOptions, notes: Notes) {
    this.#type = type;
    this.#options = options;
    this.#notes = notes;
  }

  read(operation: unknown): PatchOperation[] {
    if (!isObject(operation)) throw refuse("invalidSyntax", `an operation must be an object, not ${kindOf(operation)}`);
    refuseStrangers(operation, ["op", "path", "value"], "an operation");
    const op = ownIgnoringCase(operation, "op");
    const verb = typeof op === "string" ? this.#verbOf(op) : undefined;
    const path = ownIgnoringCase(operation, "path") ?? "";
    const value = ownIgnoringCase(operation, "value");
    if (typeof path !== "string") throw refuse("invalidPath", `the path must be a string, not ${kindOf(path)}`);
    const hasPath = path.trim() !== "";

    switch (verb) {
      case "remove":
        if (!hasPath) throw refuse("noTarget", "remove needs a path");
        return this.#remove(path, value);
      case "add":
      case "replace":
        if (value === undefined) throw refuse("invalidValue", `${verb} needs a value`);
        return hasPath ? this.#writePath(verb, path, value) : this.#writeObject(verb, value);
      default:
        throw refuse("invalidSyntax", `op must be "add", "remove" or "replace", not ${quote(op)}`);
    }
  }

  #verbOf(op: string): string {
    return this.#options.operationCase === "lower" ? op : op.trim().toLowerCase();
  }

  #writePath(op: "add" | "replace", path: string, value: unknown): PatchOperation[] {
    const parsed = this.#parse(path);
    if (parsed.kind === "target") {
      const { target } = parsed;
      if (target.extension === undefined && target.attribute.name === "schemas") return this.#checkSchemas(value);
      refuseReadOnly(target);
      return this.#write(op, target, value);
    }
    const { schema } = parsed;
    if (op === "replace" && isUnassigned(value)) return this.#removeSchema(schema, true);
    if (schema === this.#type.schema) return this.#writeObject(op, value);
    return this.#writeMembers(op, schema, value, schema.id);
  }

  /** Without a path, the value is an object of attributes (RFC 7644 §3.5.2.1, §3.5.2.3). */
  #writeObject(op: "add" | "replace", value: unknown): PatchOperation[] {
    return this.#writeMembers(op, this.#type.schema, value, "value");
  }

  #writeMembers(op: "add" | "replace", schema: Schema, value: unknown, where: string): PatchOperation[] {
    if (!isObject(value))
      throw refuse("invalidValue", `${where} must be an object of attributes, not ${kindOf(value)}`);
    const isCore = schema === this.#type.schema;
    const unknown: string[] = [];
    const steps = Object.entries(value).flatMap(([name, member]) => {
      const extension = isCore ? resolveSchema(name, this.#type) : undefined;
      if (extension !== undefined && extension !== schema) {
        if (isUnassigned(member)) return op === "add" ? [] : this.#removeSchema(extension, true);
        return this.#writeMembers(op, extension, member, extension.id);
      }
      // Dotted names are the business of the normaliser; here a member is an attribute.
      const path = name.includes(".") ? undefined : resolveInSchema(schema, name, this.#type);
      if (path === undefined) {
        unknown.push(name);
        return [];
      }
      return this.#writeMember(op, { ...path, filter: undefined }, member);
    });
    if (unknown.length > 0) {
      throw refuse("invalidPath", `${this.#type.name} has no attribute ${unknown.slice(0, 5).map(quote).join(", ")}`);
    }
    return steps;
  }

  /** Okta repeats `id` in the value of every rename: what is readOnly is left alone here, unlike behind a path. */
  #writeMember(op: "add" | "replace", target: PatchTarget, value: unknown): PatchOperation[] {
    const { attribute } = target;
    if (attribute.mutability !== "readOnly") return this.#write(op, target, value);
    if (attribute.name !== "schemas") this.#notes.add(`${attribute.name} is readOnly and was left alone`);
    return [];
  }

  #write(op: "add" | "replace", target: PatchTarget, value: unknown): PatchOperation[] {
    const read = isUnassigned(value) ? undefined : this.#readWritten(op, target, value);
    if (read !== undefined) return [{ op, target, value: read }];
    if (op === "add") {
      this.#notes.add(`add ${describeTarget(target)}: nothing to add`);
      return [];
    }
    // Replacing by null or [] clears (RFC 7643 §2.5).
    if (isRequired(target)) throw refuse("invalidValue", `${describeTarget(target)} is required`);
    return [{ op: "remove", target, cleared: true }];
  }

  #readWritten(op: "add" | "replace", target: PatchTarget, value: unknown): Json | undefined {
    const where = describeTarget(target);
    const { attribute, filter, sub } = target;
    if (sub !== undefined) return readValue(sub, value, where, this.#notes);
    if (filter === undefined && attribute.multiValued) {
      return readValue(attribute, Array.isArray(value) ? value : [value], where, this.#notes);
    }
    if (attribute.type === "complex") {
      const partial = readPartial(attribute, value, where, this.#notes);
      return op === "replace" ? partial : withoutNulls(partial);
    }
    return readSingle(attribute, value, where, this.#notes);
  }

  #remove(path: string, value: unknown): PatchOperation[] {
    const parsed = this.#parse(path);
    if (parsed.kind === "schema") return this.#removeSchema(parsed.schema, false);
    const { target } = parsed;
    refuseReadOnly(target);
    const { attribute, filter, sub } = target;
    const hasValue = value !== undefined && value !== null;
    if (hasValue && attribute.multiValued && filter === undefined && sub === undefined) {
      if (this.#options.removeWithValue !== "all") return this.#removeListed(target, value);
    }
    // The path alone says what goes (RFC 7644 §3.5.2.2).
    if (hasValue) this.#notes.add(`remove ${describeTarget(target)}: the value says nothing and was left alone`);
    if (isRequired(target)) throw removal(target);
    return [{ op: "remove", target }];
  }

  #parse(path: string): PatchPath {
    return parsePatchPath(path, this.#type, { ...this.#options.filters, note: (line) => this.#notes.add(line) });
  }

  #removeListed(target: PatchTarget, value: unknown): PatchOperation[] {
    const { attribute } = target;
    const where = describeTarget(target);
    const values: unknown[] = Array.isArray(value) ? value : [value];
    const listed = values.map((one) => {
      const element = readListed(attribute, one, where, this.#notes);
      if (element === undefined) throw refuse("invalidValue", `remove ${where}: a value says nothing to be found by`);
      return element;
    });
    // Removing nobody in particular must not mean removing everybody.
    if (listed.length === 0) this.#notes.add(`remove ${where}: the value lists nothing to remove`);
    return listed.length === 0 ? [] : [{ op: "remove", target, listed }];
  }

  #removeSchema(schema: Schema, cleared: boolean): PatchOperation[] {
    const isCore = schema === this.#type.schema;
    if (isCore) throw refuse("mutability", `${schema.id} cannot be removed as a whole`);
    return [...schema.attributes.values()].flatMap((attribute): PatchOperation[] => {
      if (attribute.mutability === "readOnly") return [];
      const target = { extension: schema.id, attribute, filter: undefined, sub: undefined };
      if (attribute.required) throw removal(target);
      return [cleared ? { op: "remove", target, cleared } : { op: "remove", target }];
    });
  }

  /** `schemas` follows from the data, so writing it has no effect of its own; nonsense is still refused. */
  #checkSchemas(value: unknown): PatchOperation[] {
    const urns: unknown[] = Array.isArray(value) ? value : [value];
    for (const urn of urns) {
      if (typeof urn !== "string" || resolveSchema(urn, this.#type) === undefined) {
        throw refuse("invalidValue", `${quote(urn)} is not a schema of ${this.#type.name}`);
      }
    }
    this.#notes.add("schemas follows from the data and was left alone");
    return [];
  }
}

function readListed(attribute: Attribute, value: unknown, where: string, notes: Notes): Json | undefined {
  if (attribute.type !== "complex") return readSingle(attribute, value, where, notes);
  const byValue = attribute.subAttributes.get("value");
  if (typeof value === "string" && byValue !== undefined) return { [byValue.name]: value };
  // {"$ref": null, "value": "…"} is what Entra ID sends: null says nothing about the element.
  return withoutNulls(readPartial(attribute, value, where, notes));
}

function withoutNulls(partial: JsonObject): JsonObject | undefined {
  const said = Object.entries(partial).filter(([, part]) => part !== null);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}

function refuseReadOnly(target: PatchTarget): void {
  if (target.attribute.mutability === "readOnly" || target.sub?.mutability === "readOnly") {
    throw refuse("mutability", `${describeTarget(target)} is readOnly`);
  }
}

function isRequired({ attribute, filter, sub }: PatchTarget): boolean {
  return sub === undefined ? attribute.required && filter === undefined : sub.required;
}

function removal(target: PatchTarget): Error {
  return refuse("mutability", `${describeTarget(target)} is required and cannot be removed`);
}
