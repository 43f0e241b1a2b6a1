import { Notes } from "../messages/notes.ts";
import { quote, ScimError } from "../messages/scim-error.ts";
import { describeTarget, parsePatchPath, type PatchPath } from "../patch/patch-path.ts";
import { commonAttributes } from "../schema/common-attributes.ts";
import { isObject, isUnassigned } from "../schema/json.ts";
import { resolveSchema } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { normaliseMembers } from "./normalise-resource.ts";
import { bareObject, normaliseSingle, normaliseValue, withoutStrangers } from "./normalise-value.ts";
import { FlatNames } from "./flat-names.ts";
import { foreignSchema, isNobodysUrn } from "./schema-aliases.ts";
import { defaultSwitches, filterHabits, type Normalised, type Switches } from "./switches.ts";

/**
 * Turns the body of PATCH, as real clients write it, into one that `readPatch` accepts. It never throws:
 * what it cannot make sense of stays for the reader to refuse. Hand `patchOptions(switches)` on to
 * `readPatch` and `applyPatch`, which do (e) and (g).
 */
export function normalisePatch(body: unknown, type: ResourceType, switches: Switches = defaultSwitches): Normalised {
  if (!isObject(body)) return { body, coercions: [] };
  const coercions = new Notes();
  const isMember = (name: string): boolean => ["schemas", "operations"].includes(name.toLowerCase());
  const members = withoutStrangers(Object.entries(body), isMember, "the PatchOp", switches, coercions);
  const entries = members.map(([name, value]): [string, unknown] => {
    if (name.toLowerCase() !== "operations" || !Array.isArray(value)) return [name, value];
    const flatNames = new FlatNames(type, switches, coercions);
    const normalise = (operation: unknown, index: number): unknown[] =>
      isObject(operation)
        ? new OperationNormaliser(type, switches, coercions, `Operations[${index}]`, flatNames).normalise(operation)
        : [operation];
    return [name, value.flatMap(normalise)];
  });
  return { body: bareObject(entries), coercions: coercions.list() };
}

interface Operation {
  op: unknown;
  path: unknown;
  value: unknown;
}

class OperationNormaliser {
  readonly #type: ResourceType;
  readonly #switches: Switches;
  readonly #coercions: Notes;
  readonly #label: string;
  readonly #flatNames: FlatNames;

  constructor(type: ResourceType, switches: Switches, coercions: Notes, label: string, flatNames: FlatNames) {
    this.#type = type;
    this.#switches = switches;
    this.#coercions = coercions;
    this.#label = label;
    this.#flatNames = flatNames;
  }

  normalise(sent: Record<string, unknown>): unknown[] {
    const operation = bareObject();
    const isMember = (name: string): boolean => ["op", "path", "value"].includes(name.toLowerCase());
    for (const [name, value] of withoutStrangers(
      Object.entries(sent),
      isMember,
      this.#label,
      this.#switches,
      this.#coercions,
    )) {
      operation[isMember(name) ? name.toLowerCase() : name] = value;
    }
    const op = this.#normaliseOp(operation["op"]);
    const normal = { op, path: operation["path"], value: operation["value"] };
    const hasPath = typeof normal.path === "string" && normal.path.trim() !== "";
    // What has a member that no operation has stays, for the reader to refuse.
    const isReadable = Object.keys(operation).every(isMember);
    if (!isReadable || (op !== "add" && op !== "replace" && op !== "remove")) return [operation];
    if (op === "remove") normal.value = this.#listed(normal);
    else if (hasPath) normal.value = this.#behindPath(normal);
    else if (isUnassigned(normal.path) || normal.path === "") return this.#withoutPath(op, normal.value);
    return [write(normal)];
  }

  #normaliseOp(op: unknown): unknown {
    if (typeof op !== "string") return op;
    if (!this.#switches.operationCase) return op;
    const lower = op.trim().toLowerCase();
    if (lower !== op) this.#report(`op ${quote(op)} → ${quote(lower)}`);
    return lower;
  }

  #behindPath({ path, value }: Operation): unknown {
    const parsed = this.#parse(path);
    if (parsed === undefined) return value;
    if (parsed.kind === "schema") return this.#members(parsed.schema, value);
    const { target } = parsed;
    const where = `${this.#label} ${describeTarget(target)}`;
    if (target.sub !== undefined) return normaliseValue(target.sub, value, where, this.#switches, this.#coercions);
    if (target.filter === undefined)
      return normaliseValue(target.attribute, value, where, this.#switches, this.#coercions);
    return normaliseSingle(target.attribute, value, where, this.#switches, this.#coercions);
  }

  #members(schema: Schema, value: unknown): unknown {
    return normaliseMembers(schema, value, this.#type, this.#flatNames, this.#switches, this.#coercions);
  }

  /** Members with plain names stay together; each flat name becomes an operation with that path. */
  #withoutPath(op: "add" | "replace", sent: unknown): unknown[] {
    let value = sent;
    if (Array.isArray(value) && value.length === 1 && isObject(value[0]) && this.#switches.shapes) {
      this.#report("an array of one → its value");
      value = value[0];
    }
    if (!isObject(value)) return [write({ op, path: undefined, value })];
    const together = bareObject();
    const apart: unknown[] = [];
    const isKnown = (name: string): boolean =>
      this.#flatPath(name) !== undefined || resolveSchema(name, this.#type) !== undefined || this.#isPlain(name);
    const members = Object.entries(value).filter(([name]) => isKnown(name) || !this.#dropsUrn(name));
    const ours = members.length === 0 ? Object.entries(value) : members;
    for (const [name, member] of withoutStrangers(ours, isKnown, this.#label, this.#switches, this.#coercions)) {
      const path = this.#flatPath(name);
      if (path !== undefined) {
        const operation = this.#operationFor(op, name, path, member);
        if (operation !== undefined) apart.push(operation);
      } else {
        const [key, normal] = this.#plainMember(name, member);
        together[key] = normal;
      }
    }
    const nothingTogether = Object.keys(together).length === 0 && apart.length > 0;
    return nothingTogether ? apart : [write({ op, path: undefined, value: together }), ...apart];
  }

  #plainMember(name: string, member: unknown): [string, unknown] {
    const schema = resolveSchema(name, this.#type) ?? this.#foreign(name);
    if (schema !== undefined) return [schema === this.#type.schema ? name : schema.id, this.#members(schema, member)];
    const attribute = this.#type.schema.attributes.get(name.toLowerCase());
    if (attribute === undefined) return [name, member];
    return [
      name,
      normaliseValue(attribute, member, `${this.#label} ${attribute.name}`, this.#switches, this.#coercions),
    ];
  }

  /** Whether a member's name is that of a core or common attribute, or of a schema under another name. */
  #isPlain(name: string): boolean {
    const lower = name.toLowerCase();
    if (this.#type.schema.attributes.has(lower) || commonAttributes.has(lower)) return true;
    return this.#switches.foreignSchemas && foreignSchema(name, this.#type) !== undefined;
  }

  #dropsUrn(name: string): boolean {
    if (!this.#switches.foreignSchemas || !isNobodysUrn(name, this.#type)) return false;
    this.#report(`unknown schema ${quote(name)} → dropped`);
    return true;
  }

  #foreign(name: string): Schema | undefined {
    const schema = this.#switches.foreignSchemas ? foreignSchema(name, this.#type) : undefined;
    if (schema !== undefined) this.#report(`${quote(name)} → ${schema.id}`);
    return schema;
  }

  /** What a member's name means as a path, unless it is the plain name of a core attribute or a schema. */
  #flatPath(name: string): PatchPath | undefined {
    if (!this.#switches.flatNames || this.#type.schema.attributes.has(name.toLowerCase())) return undefined;
    const schema = resolveSchema(name, this.#type);
    if (schema !== undefined) return schema === this.#type.schema ? { kind: "schema", schema } : undefined;
    const parsed = this.#flatNames.read(name);
    if (parsed?.kind !== "target") return undefined;
    const { extension, attribute, filter, sub } = parsed.target;
    const isCommon = extension === undefined && filter === undefined && sub === undefined && !name.includes(":");
    return isCommon && attribute.name.toLowerCase() === name.toLowerCase() ? undefined : parsed;
  }

  #operationFor(op: "add" | "replace", path: string, parsed: PatchPath, member: unknown): unknown {
    if (parsed.kind === "target") {
      const { attribute, sub } = parsed.target;
      // Without a path, what is readOnly is left alone; as a path of its own it would be refused.
      if (attribute.mutability === "readOnly" || sub?.mutability === "readOnly") {
        this.#report(`${describeTarget(parsed.target)} is readOnly → left alone`);
        return undefined;
      }
    }
    this.#report(`${quote(path)} → a path of its own`);
    return write({ op, path, value: this.#behindPath({ op, path, value: member }) });
  }

  #listed({ path, value }: Operation): unknown {
    if (!this.#switches.removeWithValue || isUnassigned(value)) return value;
    const parsed = this.#parse(path);
    if (parsed?.kind !== "target") return value;
    const { attribute, filter, sub } = parsed.target;
    if (!attribute.multiValued || filter !== undefined || sub !== undefined) return value;
    const count = Array.isArray(value) ? value.length : 1;
    this.#report(`remove ${attribute.name} with a value → only the ${count} listed`);
    return normaliseValue(attribute, value, `${this.#label} ${attribute.name}`, this.#switches, this.#coercions);
  }

  #parse(path: unknown): PatchPath | undefined {
    if (typeof path !== "string") return undefined;
    try {
      return parsePatchPath(path, this.#type, filterHabits(this.#switches));
    } catch (error) {
      // The reader will say what is wrong with it.
      if (error instanceof ScimError) return undefined;
      throw error;
    }
  }

  #report(line: string): void {
    this.#coercions.add(`${this.#label} ${line}`);
  }
}

function write({ op, path, value }: Operation): Record<string, unknown> {
  return {
    op,
    ...(path === undefined ? {} : { path }),
    ...(value === undefined ? {} : { value }),
  };
}
