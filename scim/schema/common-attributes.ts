import { attributesByName } from "./attribute.ts";

/**
 * What every resource has whatever its schema (RFC 7643 §3.1, and `schemas` of §3). These are not
 * listed in the schema documents.
 *
 * `schemas` is marked readOnly because the library recomputes it from the data; what a client sends
 * is checked and then dropped.
 */
export const commonAttributes = attributesByName([
  {
    name: "schemas",
    type: "reference",
    multiValued: true,
    required: true,
    caseExact: false,
    mutability: "readOnly",
    returned: "always",
    referenceTypes: ["uri"],
    description: "URNs of the schemas that the resource has data of.",
  },
  {
    name: "id",
    caseExact: true,
    mutability: "readOnly",
    returned: "always",
    uniqueness: "server",
    description: "Identifier issued by the service provider; never changed, never given again.",
  },
  {
    name: "externalId",
    caseExact: true,
    // rauthy releases an account by an empty one.
    emptyIsUnassigned: true,
    description: "Identifier issued by the provisioning client.",
  },
  {
    name: "meta",
    type: "complex",
    mutability: "readOnly",
    description: "What the service provider knows about the resource itself.",
    subAttributes: [
      { name: "resourceType", caseExact: true, mutability: "readOnly", description: "Name of the resource type." },
      { name: "created", type: "dateTime", mutability: "readOnly", description: "When it was added." },
      { name: "lastModified", type: "dateTime", mutability: "readOnly", description: "When it was last changed." },
      {
        name: "location",
        type: "reference",
        referenceTypes: ["uri"],
        mutability: "readOnly",
        description: "The address of the resource.",
      },
      { name: "version", caseExact: true, mutability: "readOnly", description: "The same as its ETag." },
    ],
  },
]);
