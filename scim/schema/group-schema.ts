import type { SchemaDefinition } from "./schema.ts";

/** RFC 7643 §4.2. */
export const groupSchema: SchemaDefinition = {
  id: "urn:ietf:params:scim:schemas:core:2.0:Group",
  name: "Group",
  description: "Group",
  attributes: [
    // §8.7.1 lists it as optional, the text of §4.2 requires it; a group without a name is of no use.
    { name: "displayName", required: true, description: "The name of the group." },
    {
      name: "members",
      type: "complex",
      multiValued: true,
      // A group may have as many members as there are users; the size of a request is bounded elsewhere.
      maxItems: Number.POSITIVE_INFINITY,
      description: "The members of the group.",
      subAttributes: [
        // Optional in §8.7.1; a member without an id names nobody, and silence would lose it.
        {
          name: "value",
          required: true,
          caseExact: true,
          mutability: "immutable",
          description: "The id of the member.",
        },
        {
          name: "$ref",
          type: "reference",
          referenceTypes: ["User", "Group"],
          mutability: "immutable",
          description: "The address of the member.",
        },
        {
          name: "type",
          mutability: "immutable",
          canonicalValues: ["User", "Group"],
          description: "Whether the member is a user or a group.",
        },
        { name: "display", mutability: "readOnly", description: "The name of the member." },
      ],
    },
  ],
};
