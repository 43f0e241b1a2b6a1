import type { DirectoryProduct } from "#contract/directory-products.ts";

interface ProductFacts {
  /** What its console calls the base URL and the token. */
  address: string;
  token: string;
  /** The address as it wants it, where that is more than the base URL. */
  special?: (baseUrl: string) => string;
  /** The attribute by which it finds somebody again. */
  match: string;
  /** Its attribute, and ours that it goes to. */
  mapping: readonly (readonly [theirs: string, ours: string])[];
}

const department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const workEmail = 'emails[type eq "work"].value';

/** The names of each product's own console; they are the same in every language. */
export const products: Readonly<Record<DirectoryProduct, ProductFacts>> = {
  okta: {
    address: "SCIM connector base URL",
    token: "HTTP Header: Authorization",
    match: "userName",
    mapping: [
      ["Application username", "userName"],
      ["user.firstName", "name.givenName"],
      ["user.lastName", "name.familyName"],
      ["user.email", workEmail],
      ["user.displayName", "displayName"],
      ["user.title", "title"],
      ["user.department", department],
    ],
  },
  entra: {
    address: "Tenant URL",
    token: "Secret Token",
    special: (baseUrl) => `${baseUrl}?aadOptscim062020`,
    match: "userName",
    mapping: [
      ["userPrincipalName", "userName"],
      ["objectId", "externalId"],
      ["Switch([IsSoftDeleted], …)", "active"],
      ["displayName", "displayName"],
      ["givenName", "name.givenName"],
      ["surname", "name.familyName"],
      ["mail", workEmail],
      ["jobTitle", "title"],
      ["department", department],
      ["manager", manager],
    ],
  },
  onelogin: {
    address: "SCIM Base URL",
    token: "SCIM Bearer Token",
    match: "userName",
    mapping: [
      ["scimusername", "userName"],
      ["Email", workEmail],
      ["First Name", "name.givenName"],
      ["Last Name", "name.familyName"],
      ["Title", "title"],
      ["Department", department],
    ],
  },
  jumpcloud: {
    address: "Base URL",
    token: "Token Key",
    match: "userName",
    mapping: [
      ["username", "userName"],
      ["email", workEmail],
      ["firstname", "name.givenName"],
      ["lastname", "name.familyName"],
      ["displayname", "displayName"],
      ["jobTitle", "title"],
      ["department", department],
    ],
  },
  google: {
    address: "Endpoint URL",
    token: "Access token",
    match: "userName",
    mapping: [
      ["Basic Information > Primary Email", "userName"],
      ["Basic Information > Primary Email", workEmail],
      ["Basic Information > First Name", "name.givenName"],
      ["Basic Information > Last Name", "name.familyName"],
      ["Employee Details > Title", "title"],
      ["Employee Details > Department", department],
    ],
  },
  sailpoint: {
    address: "Base URL",
    token: "API Token",
    match: "userName",
    mapping: [
      ["uid", "userName"],
      ["email", workEmail],
      ["firstname", "name.givenName"],
      ["lastname", "name.familyName"],
      ["displayName", "displayName"],
      ["department", department],
    ],
  },
  other: {
    address: "Base URL",
    token: "Bearer token",
    match: "userName / externalId",
    mapping: [],
  },
};

/** The template that OneLogin fills in for each person; groups do not belong into it. */
export const oneLoginTemplate = JSON.stringify(
  {
    schemas: [
      "urn:ietf:params:scim:schemas:core:2.0:User",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ],
    userName: "{$parameters.scimusername}",
    displayName: "{$user.display_name}",
    name: { givenName: "{$user.firstname}", familyName: "{$user.lastname}" },
    emails: [{ value: "{$user.email}", type: "work", primary: true }],
    title: "{$parameters.title}",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "{$user.department}" },
  },
  undefined,
  2,
);

/** What a script may begin with. */
export const curlExample = (baseUrl: string) =>
  `curl -H "Authorization: Bearer $TOKEN" "${baseUrl}/Users?filter=userName%20eq%20%22ada%22"`;
