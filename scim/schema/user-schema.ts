import type { AttributeDefinition } from "./attribute.ts";
import type { SchemaDefinition } from "./schema.ts";

/**
 * The sub-attributes most multi-valued attributes share (RFC 7643 §2.4, in the form of §8.7.1).
 */
function labelled(value: Omit<AttributeDefinition, "name">, types: readonly string[] = []): AttributeDefinition[] {
  return [
    { name: "value", ...value },
    { name: "display", description: "A name to show for this value." },
    {
      name: "type",
      description: "What the value is for.",
      ...(types.length === 0 ? {} : { canonicalValues: types }),
    },
    { name: "primary", type: "boolean", description: "True for the preferred value; at most one of them is." },
  ];
}

/** RFC 7643 §4.1. Length of password and rules for it are the server's. */
export const userSchema: SchemaDefinition = {
  id: "urn:ietf:params:scim:schemas:core:2.0:User",
  name: "User",
  description: "User Account",
  attributes: [
    {
      name: "userName",
      required: true,
      uniqueness: "server",
      description: "The name the user signs in with; unique without regard to case.",
    },
    {
      name: "name",
      type: "complex",
      description: "The parts of the user's name.",
      subAttributes: [
        { name: "formatted", description: "The whole name, formatted for display." },
        { name: "familyName", description: "Family name, or last name in most Western languages." },
        { name: "givenName", description: "Given name, or first name in most Western languages." },
        { name: "middleName", description: "Middle names." },
        { name: "honorificPrefix", description: "Title before the name, such as Ms." },
        { name: "honorificSuffix", description: "What follows the name, such as III." },
      ],
    },
    { name: "displayName", description: "The name to show to other people." },
    { name: "nickName", description: "The casual name, such as Bob for Robert." },
    {
      name: "profileUrl",
      type: "reference",
      referenceTypes: ["external"],
      description: "Address of a page about the user.",
    },
    { name: "title", description: "Job title, such as Vice President." },
    { name: "userType", description: "How the user relates to the organization, such as Contractor." },
    { name: "preferredLanguage", description: "Preferred languages, in the form of the Accept-Language header." },
    { name: "locale", description: "Locale for dates, numbers and currency, as a language tag." },
    { name: "timezone", description: "Time zone, by its name in the IANA database." },
    { name: "active", type: "boolean", description: "False when the account is disabled." },
    {
      name: "password",
      caseExact: true,
      mutability: "writeOnly",
      returned: "never",
      description: "The password in clear text; it can be set and never be read.",
    },
    {
      name: "emails",
      type: "complex",
      multiValued: true,
      description: "Email addresses.",
      subAttributes: labelled({ description: "An email address." }, ["work", "home", "other"]),
    },
    {
      name: "phoneNumbers",
      type: "complex",
      multiValued: true,
      description: "Phone numbers, kept as they are given.",
      subAttributes: labelled({ description: "A phone number." }, ["work", "home", "mobile", "fax", "pager", "other"]),
    },
    {
      name: "ims",
      type: "complex",
      multiValued: true,
      description: "Instant messaging addresses.",
      subAttributes: labelled({ description: "An instant messaging address." }, [
        "aim",
        "gtalk",
        "icq",
        "xmpp",
        "msn",
        "skype",
        "qq",
        "yahoo",
      ]),
    },
    {
      name: "photos",
      type: "complex",
      multiValued: true,
      description: "Addresses of photos.",
      subAttributes: labelled({ type: "reference", referenceTypes: ["external"], description: "Address of a photo." }, [
        "photo",
        "thumbnail",
      ]),
    },
    {
      name: "addresses",
      type: "complex",
      multiValued: true,
      description: "Postal addresses.",
      subAttributes: [
        { name: "formatted", description: "The whole address, formatted for display or a label." },
        { name: "streetAddress", description: "Street, house number, post office box." },
        { name: "locality", description: "City or place." },
        { name: "region", description: "State or region." },
        { name: "postalCode", description: "Postal code." },
        { name: "country", description: "Country, as ISO 3166-1 alpha-2." },
        { name: "type", canonicalValues: ["work", "home", "other"], description: "What the address is for." },
        // Missing in the listing of §8.7.1, used by the example of §8.2.
        { name: "primary", type: "boolean", description: "True for the preferred address." },
      ],
    },
    {
      name: "groups",
      type: "complex",
      multiValued: true,
      mutability: "readOnly",
      description: "Groups the user is in. Change them at the group.",
      subAttributes: [
        { name: "value", caseExact: true, mutability: "readOnly", description: "The id of the group." },
        {
          name: "$ref",
          type: "reference",
          referenceTypes: ["Group"],
          mutability: "readOnly",
          description: "The address of the group.",
        },
        { name: "display", mutability: "readOnly", description: "The name of the group." },
        {
          name: "type",
          mutability: "readOnly",
          canonicalValues: ["direct", "indirect"],
          description: "Whether the user is a member itself or through a nested group.",
        },
      ],
    },
    {
      name: "entitlements",
      type: "complex",
      multiValued: true,
      description: "Things the user has a right to.",
      subAttributes: labelled({ description: "An entitlement." }),
    },
    {
      name: "roles",
      type: "complex",
      multiValued: true,
      description: "Roles of the user.",
      subAttributes: labelled({ description: "A role." }),
    },
    {
      name: "x509Certificates",
      type: "complex",
      multiValued: true,
      description: "Certificates issued to the user.",
      subAttributes: labelled({ type: "binary", description: "A DER certificate in base64." }),
    },
  ],
};
