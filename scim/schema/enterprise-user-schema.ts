import type { SchemaDefinition } from "./schema.ts";

/** RFC 7643 §4.3. */
export const enterpriseUserSchema: SchemaDefinition = {
  id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  name: "EnterpriseUser",
  description: "Enterprise User",
  attributes: [
    { name: "employeeNumber", description: "Number or letters that name a person within the organization." },
    { name: "costCenter", description: "Name of a cost center." },
    { name: "organization", description: "Name of an organization." },
    { name: "division", description: "Name of a division." },
    { name: "department", description: "Name of a department." },
    {
      name: "manager",
      type: "complex",
      description: "The user's manager.",
      subAttributes: [
        { name: "value", caseExact: true, emptyIsUnassigned: true, description: "The id of the manager." },
        { name: "$ref", type: "reference", referenceTypes: ["User"], description: "The address of the manager." },
        { name: "displayName", mutability: "readOnly", description: "The name of the manager." },
      ],
    },
  ],
};
