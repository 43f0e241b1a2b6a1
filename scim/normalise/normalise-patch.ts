import { Notes } from "../messages/notes.ts";
import { quote, ScimError } from "../messages/scim-error.ts";
import { describeTarget, parsePatchPath, type PatchPath } from "../patch/patch-path.ts";
import { isObject, isUnassigned } from "../schema/json.ts";
import { resolveSchema } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { normaliseMembers } from "./normalise-resource.ts";
import { bareObject, normaliseSingle, normaliseValue } from "./normalise-value.ts";
import { foreignSchema } from "./schema-aliases.ts";
import { allSwitchesOn, type Normalised, type Switches } from "./switches.ts";

/**
 * Turns the body of PATCH, as real clients write it, into one that `readPatch` accepts. It never throws:
 * what it cannot make sense of stays for the reader to refuse. Hand `patchOptions(switches)` on to
 * `readPatch` and `applyPatch`, which do (e) and (g).
 */
export function normalisePatch(body: unknown, type: ResourceType, switches: Switches = allSwitchesOn): Normalised {
  if (!isObject(body)) return { body, coercions: [] };
  const coercions = new Notes();
  const entries = Object.entries(body).map(([name, value]): [string, unknown] => {
    if (name.toLowerCase() !== "operations" || !Array.isArray(value)) return [name, value];
    const normalise = (operation: unknown, index: number): unknown[] =>
      isObject(operation)
        ? new OperationNormaliser(type, switches, coercions, `Operations[${index}]`).normalise(operation)
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

  constructor(type: ResourceType, switches: Switches, coercions: Notes, label: string) {
    this.#type = type;
    this.#switches = switches;
    this.#coercions = coercions;
    this.#label = label;
  }

  normalise(sent: Record<string, unknown>): unknown[] {
    const operation = bareObject();
    for (const [name, value] of Object.entries(sent)) {
      const lower = name.toLowerCase();
      operation[lower === "op" || lower === "path" || lower === "value" ? lower : name] = value;
    }
    const op = this.#normaliseOp(operation["op"]);
    const normal = { op, path: operation["path"], value: operation["value"] };
    const hasPath = typeof normal.path === "string" && normal.path.trim() !== "";
    if (op !== "add" && op !== "replace" && op !== "remove") return [operation];
    if (op === "remove") this.#reportListed(normal);
    else if (hasPath) normal.value = this.#behindPath(normal);
    else if (isUnassigned(normal.path) || normal.path === "") return this.#withoutPath(op, normal.value);
    return [write(normal)];
  }

  #normaliseOp(op: unknown): unknown {
    if (typeof op !== "string") return op;
    const lower = op.trim().toLowerCase();
    if (lower !== op && this.#switches.operationCase) this.#report(`op ${quote(op)} → ${quote(lower)}`);
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
    return normaliseMembers(schema, value, this.#type, this.#switches, this.#coercions);
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
    for (const [name, member] of Object.entries(value)) {
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

  #foreign(name: string): Schema | undefined {
    const schema = this.#switches.foreignSchemas ? foreignSchema(name, this.#type) : undefined;
    if (schema !== undefined) this.#report(`${quote(name)} → ${schema.id}`);
    return schema;
  }

  /** What a member's name means as a path, unless it is the plain name of a core attribute or a schema. */
  #flatPath(name: string): PatchPath | undefined {
    const isPlain = this.#type.schema.attributes.has(name.toLowerCase());
    if (!this.#switches.flatNames || isPlain) return undefined;
    const parsed = this.#parse(name);
    if (parsed === undefined) return undefined;
    if (parsed.kind === "schema") return parsed.schema === this.#type.schema ? parsed : undefined;
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

  #reportListed({ path, value }: Operation): void {
    if (!this.#switches.removeWithValue || isUnassigned(value)) return;
    const parsed = this.#parse(path);
    if (parsed?.kind !== "target") return;
    const { attribute, filter, sub } = parsed.target;
    if (!attribute.multiValued || filter !== undefined || sub !== undefined) return;
    const count = Array.isArray(value) ? value.length : 1;
    this.#report(`remove ${attribute.name} with a value → only the ${count} listed`);
  }

  #parse(path: unknown): PatchPath | undefined {
    if (typeof path !== "string") return undefined;
    try {
      return parsePatchPath(path, this.#type);
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
