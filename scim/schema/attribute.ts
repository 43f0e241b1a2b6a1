export type AttributeType =
  "string" | "boolean" | "decimal" | "integer" | "dateTime" | "binary" | "reference" | "complex";
export type Mutability = "readOnly" | "readWrite" | "immutable" | "writeOnly";
export type Returned = "always" | "never" | "default" | "request";
export type Uniqueness = "none" | "server" | "global";

/**
 * An attribute as it is written down. What is left out has the default of RFC 7643 §2.2.
 */
export interface AttributeDefinition {
  readonly name: string;
  readonly description?: string;
  readonly type?: AttributeType;
  readonly multiValued?: boolean;
  readonly required?: boolean;
  readonly caseExact?: boolean;
  readonly mutability?: Mutability;
  readonly returned?: Returned;
  readonly uniqueness?: Uniqueness;
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly AttributeDefinition[];
  /** The most values a client may give; ours, not the RFC's. Default 1,000. */
  readonly maxItems?: number;
  /** The longest text a client may give, in UTF-16 units; ours, not the RFC's. Default 65,536. */
  readonly maxLength?: number;
  /** Whether "" is no value at all; ours, not the RFC's. Default: for references only. */
  readonly emptyIsUnassigned?: boolean;
}

/** An attribute with every characteristic of RFC 7643 §7 filled in. */
export interface Attribute {
  readonly name: string;
  readonly description: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: Mutability;
  readonly returned: Returned;
  readonly uniqueness: Uniqueness;
  readonly canonicalValues: readonly string[];
  readonly referenceTypes: readonly string[];
  /** Keyed by the name in lower case. Empty unless the type is complex. */
  readonly subAttributes: ReadonlyMap<string, Attribute>;
  readonly maxItems: number;
  readonly maxLength: number;
  readonly emptyIsUnassigned: boolean;
}

// ATTRNAME of RFC 7643 §2.1, and `$ref`. Keeps `__proto__` out of every schema.
const nameForm = /^(?:[A-Za-z][A-Za-z0-9_-]*|\$ref)$/;
const defaultMaxItems = 1000;

/** Longest string, in UTF-16 units: room for a certificate or a small picture, not for a file. */
const defaultMaxLength = 65_536;

/**
 * Fills in the defaults of RFC 7643 §2.2.
 *
 * @throws Error  the name is no attribute name, or a complex attribute holds a complex one (RFC 7643 §2.3.8)
 */
export function defineAttribute(definition: AttributeDefinition): Attribute {
  const type = definition.type ?? "string";
  if (!nameForm.test(definition.name)) throw new Error(`"${definition.name}" is not a SCIM attribute name`);
  const subs = definition.subAttributes ?? [];
  if ((type === "complex") !== subs.length > 0) {
    throw new Error(`${definition.name}: complex attributes, and no others, have sub-attributes`);
  }
  // Only the schema of schemas nests (RFC 7643 §7), and no client writes it.
  if (definition.mutability !== "readOnly" && subs.some((sub) => sub.type === "complex")) {
    throw new Error(`${definition.name} nests a complex attribute`);
  }
  return {
    name: definition.name,
    description: definition.description ?? "",
    type,
    multiValued: definition.multiValued ?? false,
    required: definition.required ?? false,
    // References and binaries are case exact by nature (RFC 7643 §2.3.6, §2.3.7).
    caseExact: definition.caseExact ?? (type === "reference" || type === "binary"),
    mutability: definition.mutability ?? "readWrite",
    returned: definition.returned ?? "default",
    uniqueness: definition.uniqueness ?? "none",
    canonicalValues: definition.canonicalValues ?? [],
    referenceTypes: definition.referenceTypes ?? [],
    subAttributes: attributesByName(subs),
    maxItems: definition.maxItems ?? defaultMaxItems,
    maxLength: definition.maxLength ?? defaultMaxLength,
    // Several clients send "" for an address that is not set.
    emptyIsUnassigned: definition.emptyIsUnassigned ?? type === "reference",
  };
}

/**
 * Attributes in the order given, keyed by their names in lower case (RFC 7643 §2.1: names ignore case).
 *
 * @throws Error  two names differ at most in case
 */
export function attributesByName(definitions: readonly AttributeDefinition[]): ReadonlyMap<string, Attribute> {
  const byName = new Map<string, Attribute>();
  for (const definition of definitions) {
    const key = definition.name.toLowerCase();
    if (byName.has(key)) throw new Error(`${definition.name} is defined twice`);
    byName.set(key, defineAttribute(definition));
  }
  return byName;
}
