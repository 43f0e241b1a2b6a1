import type { Attribute } from "./attribute.ts";
import { commonAttributes } from "./common-attributes.ts";
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";
import { resolvePath, resolveSchema, type ResolvedPath } from "./resolve-path.ts";
import type { ResourceType } from "./resource-type.ts";
import { withSchemas } from "./with-schemas.ts";

/**
 * Which attributes a client wants to see (RFC 7644 §3.9). Names that mean nothing are without effect. What stands in
 * brackets is, too: Microsoft's tests ask for `emails[type eq "work"]` and want to see the emails.
 */
export interface ProjectionRequest {
  readonly attributes?: readonly string[];
  readonly excludedAttributes?: readonly string[];
}

/**
 * What a client gets to see of a resource: what is returned "always", what it asked for or what is
 * returned by default, less what it excluded; never what is returned "never" (RFC 7643 §2.2, RFC 7644
 * §3.9). With both lists given, the second takes away from the first. `schemas` names what is left.
 *
 * For many resources, make a `projector` once.
 */
export function project(resource: JsonObject, type: ResourceType, request: ProjectionRequest = {}): JsonObject {
  return projector(type, request)(resource);
}

/** `project` with the names resolved once, for all resources of a list. */
export function projector(type: ResourceType, request: ProjectionRequest = {}): (resource: JsonObject) => JsonObject {
  const choice = readChoice(type, request);
  const common = [...commonAttributes.values()];
  // meta comes last, as in the examples of the RFC.
  const isMeta = (attribute: Attribute): boolean => attribute.name === "meta";
  const core = visibleOf([...common.filter((one) => !isMeta(one)), ...type.schema.attributes.values()], choice);
  const meta = visibleOf(common.filter(isMeta), choice);
  const extensions = type.extensions.map(({ schema }) => ({
    urn: schema.id,
    visible: visibleOf([...schema.attributes.values()], choice),
  }));
  return (resource) => {
    const seen: JsonObject = {};
    pick(seen, resource, core);
    for (const { urn, visible } of extensions) {
      const held = own(resource, urn);
      if (!isJsonObject(held)) continue;
      const data: JsonObject = {};
      pick(data, held, visible);
      if (Object.keys(data).length > 0) seen[urn] = data;
    }
    pick(seen, resource, meta);
    return withSchemas(seen, type);
  };
}

/**
 * Whether an answer can contain the attribute, so that the server need not load what nobody will see:
 * `needsAttribute(groupType, request, "members")`.
 *
 * @throws Error  the type has no such attribute: the caller misspelt it
 */
export function needsAttribute(type: ResourceType, request: ProjectionRequest, name: string): boolean {
  const path = resolvePath(name, type);
  if (path === undefined) throw new Error(`${type.name} has no attribute ${name}`);
  const visible = visibility(path.attribute, readChoice(type, request));
  if (path.sub === undefined || visible === "nothing") return visible !== "nothing";
  return visible(path.sub);
}

/** Which sub-attributes are visible, or that not even the attribute is. */
type Visibility = "nothing" | ((sub: Attribute) => boolean);

interface Choice {
  /** undefined when `attributes` is not given. "whole" or the sub-attributes asked for. */
  asked: Map<Attribute, "whole" | Set<Attribute>> | undefined;
  excluded: Map<Attribute, "whole" | Set<Attribute>>;
}

function readChoice(type: ResourceType, request: ProjectionRequest): Choice {
  const { attributes = [], excludedAttributes = [] } = request;
  return {
    asked: attributes.length === 0 ? undefined : gather(attributes, type),
    excluded: gather(excludedAttributes, type),
  };
}

function gather(names: readonly string[], type: ResourceType): Map<Attribute, "whole" | Set<Attribute>> {
  const gathered = new Map<Attribute, "whole" | Set<Attribute>>();
  for (const { attribute, sub } of names.flatMap((name) => pathsOf(name.trim(), type))) {
    const before = gathered.get(attribute);
    if (sub === undefined || before === "whole") gathered.set(attribute, "whole");
    else gathered.set(attribute, (before ?? new Set<Attribute>()).add(sub));
  }
  return gathered;
}

/** The names of a request that mean nothing to any of the types. */
export function unknownChoices(types: readonly ResourceType[], request: ProjectionRequest): string[] {
  const names = [...(request.attributes ?? []), ...(request.excludedAttributes ?? [])];
  return names.filter((name) => types.every((type) => pathsOf(name.trim(), type).length === 0));
}

function pathsOf(asked: string, type: ResourceType): ResolvedPath[] {
  const name = asked.replace(/\[.*\]/s, "");
  const schema = resolveSchema(name, type);
  if (schema !== undefined) {
    const extension = schema === type.schema ? undefined : schema.id;
    return [...schema.attributes.values()].map((attribute) => ({ extension, attribute, sub: undefined }));
  }
  const path = resolvePath(name, type);
  return path === undefined ? [] : [path];
}

function visibility(attribute: Attribute, { asked, excluded }: Choice): Visibility {
  if (attribute.returned === "never") return "nothing";
  const wanted = asked?.get(attribute);
  const unwanted = excluded.get(attribute);
  const shown = attribute.returned === "always" || (asked === undefined ? attribute.returned === "default" : false);
  if (wanted === undefined && !shown) return "nothing";
  if (unwanted === "whole" && attribute.returned !== "always") return "nothing";
  return (sub) => {
    if (sub.returned === "always") return true;
    if (sub.returned === "never") return false;
    if (unwanted === "whole" || (unwanted !== undefined && unwanted.has(sub))) return false;
    if (wanted === undefined || wanted === "whole") return sub.returned === "default";
    return wanted.has(sub);
  };
}

interface Visible {
  attribute: Attribute;
  showsSub: (sub: Attribute) => boolean;
}

function visibleOf(attributes: readonly Attribute[], choice: Choice): Visible[] {
  return attributes.flatMap((attribute) => {
    const showsSub = visibility(attribute, choice);
    return showsSub === "nothing" ? [] : { attribute, showsSub };
  });
}

function pick(target: JsonObject, source: JsonObject, visible: readonly Visible[]): void {
  for (const { attribute, showsSub } of visible) {
    const value = own(source, attribute.name);
    const seen = value === undefined ? undefined : pickParts(attribute, value, showsSub);
    if (seen !== undefined) target[attribute.name] = seen;
  }
}

// Unassigned values are left out: null, [] and missing are one state (RFC 7643 §2.5).
function pickParts(attribute: Attribute, value: Json, showsSub: (sub: Attribute) => boolean): Json | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    const elements = value.flatMap((element) => pickParts(attribute, element, showsSub) ?? []);
    return elements.length === 0 ? undefined : elements;
  }
  if (attribute.type !== "complex") return value;
  if (!isJsonObject(value)) return undefined;
  const seen: JsonObject = {};
  for (const sub of attribute.subAttributes.values()) {
    const part = own(value, sub.name);
    if (part !== undefined && part !== null && showsSub(sub)) seen[sub.name] = part;
  }
  return Object.keys(seen).length === 0 ? undefined : seen;
}
