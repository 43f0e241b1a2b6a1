import { resourceTypeUrn, schemaUrn, serviceProviderConfigUrn } from "../messages/urns.ts";
import type { AttributeDefinition } from "./attribute.ts";
import { defineSchema, type Schema } from "./schema.ts";

type Parts = readonly AttributeDefinition[];

function text(name: string, description: string, more: Partial<AttributeDefinition> = {}): AttributeDefinition {
  return { name, description, mutability: "readOnly", ...more };
}

function flag(name: string, description: string, more: Partial<AttributeDefinition> = {}): AttributeDefinition {
  return text(name, description, { type: "boolean", required: true, ...more });
}

function count(name: string, description: string, more: Partial<AttributeDefinition> = {}): AttributeDefinition {
  return text(name, description, { type: "integer", required: true, ...more });
}

function uri(name: string, description: string, more: Partial<AttributeDefinition> = {}): AttributeDefinition {
  return text(name, description, { type: "reference", referenceTypes: ["external"], ...more });
}

function complex(
  name: string,
  description: string,
  subAttributes: Parts,
  more: Partial<AttributeDefinition> = {},
): AttributeDefinition {
  return text(name, description, { type: "complex", required: true, ...more, subAttributes });
}

const supported = flag("supported", "Whether the operation is supported.");

const serviceProviderConfig = defineSchema({
  id: serviceProviderConfigUrn,
  name: "Service Provider Configuration",
  description: "What the service provider can do",
  attributes: [
    uri("documentationUri", "Address of the documentation."),
    complex("patch", "PATCH.", [supported]),
    complex("bulk", "Bulk operations.", [
      supported,
      count("maxOperations", "The most operations in one request."),
      count("maxPayloadSize", "The most bytes in one request."),
    ]),
    complex("filter", "Filters.", [supported, count("maxResults", "The most resources in one answer.")]),
    complex("changePassword", "Changing a password.", [supported]),
    complex("sort", "Sorting.", [supported]),
    complex("etag", "ETags.", [supported]),
    // RFC 9865 §3
    complex(
      "pagination",
      "Paging.",
      [
        flag("cursor", "Whether lists can be paged by cursor."),
        flag("index", "Whether lists can be paged by index."),
        text("defaultPaginationMethod", "The kind of paging without parameters.", {
          canonicalValues: ["cursor", "index"],
        }),
        count("defaultPageSize", "Resources on a page unless asked otherwise.", { required: false }),
        count("maxPageSize", "The most resources on a page.", { required: false }),
        count("cursorTimeout", "Seconds for which a cursor is good.", { required: false }),
      ],
      { required: false },
    ),
    complex(
      "authenticationSchemes",
      "Ways to authenticate.",
      [
        text("type", "The scheme.", {
          required: true,
          canonicalValues: ["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"],
        }),
        text("name", "The name of the scheme.", { required: true }),
        text("description", "What the scheme is.", { required: true }),
        uri("specUri", "Address of the specification."),
        uri("documentationUri", "Address of the documentation."),
        flag("primary", "Whether it is the preferred scheme.", { required: false }),
      ],
      { multiValued: true },
    ),
  ],
});

const resourceType = defineSchema({
  id: resourceTypeUrn,
  name: "ResourceType",
  description: "A kind of resource",
  attributes: [
    text("id", "The id of the resource type; the same as its name."),
    text("name", "The name of the resource type.", { required: true }),
    text("description", "What the resources are."),
    uri("endpoint", "Where the resources are, relative to the base address.", {
      required: true,
      referenceTypes: ["uri"],
    }),
    uri("schema", "URN of the core schema.", { required: true, referenceTypes: ["uri"] }),
    complex(
      "schemaExtensions",
      "The extensions of the core schema.",
      [
        uri("schema", "URN of the extension.", { required: true, referenceTypes: ["uri"] }),
        flag("required", "Whether each resource must have data of the extension."),
      ],
      { required: false, multiValued: true },
    ),
  ],
});

const characteristics: Parts = [
  text("name", "The name of the attribute.", { required: true, caseExact: true }),
  text("type", "The type of its values.", {
    required: true,
    caseExact: true,
    canonicalValues: ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"],
  }),
  flag("multiValued", "Whether there can be several values."),
  text("description", "What the attribute means."),
  flag("required", "Whether there must be a value."),
  text("canonicalValues", "Values that are suggested.", { multiValued: true, caseExact: true }),
  flag("caseExact", "Whether texts that differ in case differ."),
  text("mutability", "Who may change it.", {
    required: true,
    caseExact: true,
    canonicalValues: ["readOnly", "readWrite", "immutable", "writeOnly"],
  }),
  text("returned", "When it is returned.", {
    required: true,
    caseExact: true,
    canonicalValues: ["always", "never", "default", "request"],
  }),
  text("uniqueness", "Where no value occurs twice.", {
    required: true,
    caseExact: true,
    canonicalValues: ["none", "server", "global"],
  }),
  text("referenceTypes", "What a reference may point to.", { multiValued: true, caseExact: true }),
];

const schema = defineSchema({
  id: schemaUrn,
  name: "Schema",
  description: "The attributes of a resource or an extension",
  attributes: [
    text("id", "The URN of the schema.", { required: true, caseExact: true }),
    text("name", "The name of the schema."),
    text("description", "What the schema describes."),
    complex(
      "attributes",
      "The attributes of the schema.",
      [
        ...characteristics,
        complex("subAttributes", "The attributes of a complex attribute.", characteristics, {
          required: false,
          multiValued: true,
        }),
      ],
      { multiValued: true },
    ),
  ],
});

/**
 * The schemas of the discovery documents themselves (RFC 7643 §8.7.2), for `schemaDocuments` to list after
 * those of the resources.
 */
export const discoverySchemas: readonly Schema[] = [serviceProviderConfig, resourceType, schema];
