import { enterpriseUserSchema } from "#scim/schema/enterprise-user-schema.ts";
import { groupSchema } from "#scim/schema/group-schema.ts";
import { defineResourceType, gatehouseUserUrn, groupType, userType } from "#scim/schema/resource-type.ts";
import type { ExtensionDefinition } from "#scim/schema/resource-type.ts";
import { userSchema } from "#scim/schema/user-schema.ts";
import { definitionOf } from "../../attributes/attribute-set.ts";
import type { AttributeSet } from "../../attributes/attribute-set.ts";
import type { ScimTypes } from "./call.ts";

/** Everything that SCIM is spoken about here, with the organization's own attributes as an extension of users (P2). */
export function scimTypes(attributes: AttributeSet): ScimTypes {
  const extensions = organizationExtension(attributes);
  return {
    user: userType(extensions),
    group: groupType(),
    // An attribute that one of the types lacks is unassigned there (RFC 7644 §3.4.2.1).
    any: defineResourceType({
      name: "Resource",
      endpoint: "/",
      description: "A user or a group",
      schema: userSchema,
      extensions: [{ schema: enterpriseUserSchema }, ...extensions, { schema: groupSchema }],
    }),
    attributes,
  };
}

/** The numbers that the organization's attributes are found by. */
export function numbersOf({ list }: AttributeSet): ReadonlyMap<string, number> {
  return new Map(list.filter(({ row }) => row.scim !== "none").map(({ row }) => [row.name, row.number]));
}

/** The extension, unless directories reach none of the attributes. */
function organizationExtension({ list }: AttributeSet): ExtensionDefinition[] {
  const reached = list.filter(({ row }) => row.scim !== "none");
  if (reached.length === 0) return [];
  return [
    {
      schema: {
        id: gatehouseUserUrn,
        name: "GatehouseUser",
        description: "Attributes of users that the organization defines",
        attributes: reached.map(({ row }) => definitionOf(row)),
      },
      // One attribute that must be there makes the extension one that must be there (RFC 7643 §6).
      required: reached.some(({ row }) => row.is_required && row.scim === "readWrite"),
    },
  ];
}
