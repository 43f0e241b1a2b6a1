/** The systems that a directory may be, as commands and addresses name them. */
export const directoryProducts = ["okta", "entra", "onelogin", "jumpcloud", "google", "sailpoint", "other"] as const;
export type DirectoryProduct = (typeof directoryProducts)[number];

/** How the makers call them; `other` is a script, or a system without a guide of its own. */
export const productNames: Readonly<Record<DirectoryProduct, string>> = {
  okta: "Okta",
  entra: "Entra ID",
  onelogin: "OneLogin",
  jumpcloud: "JumpCloud",
  google: "Google Workspace",
  sailpoint: "SailPoint",
  other: "Other",
};

/** Habits of clients that the RFCs do not allow and a directory may have accepted, each by a switch of its own. */
export const directorySwitches = [
  "operationCase",
  "stringBooleans",
  "shapes",
  "flatNames",
  "removeWithValue",
  "foreignSchemas",
  "createOnFilterMiss",
  "bareFilterValues",
  "unknownNames",
  "unknownMembers",
] as const;
export type DirectorySwitch = (typeof directorySwitches)[number];

/** What each switch does while it is on. */
export const switchMeanings: Readonly<Record<DirectorySwitch, { name: string; does: string }>> = {
  operationCase: {
    name: "Operations in capitals",
    does: "“Add”, “Replace” and “Remove” count as add, replace and remove. Off: they are refused.",
  },
  stringBooleans: {
    name: "Booleans as text",
    does: "“True” and “False” in quotation marks count as true and false. Off: they are refused.",
  },
  shapes: {
    name: "Values in another shape",
    does: "A single value counts as a list of one, a list of one as its value, a bare id as a reference. Off: they are refused.",
  },
  flatNames: {
    name: "Dotted names",
    does: "“name.givenName” and names with a schema in front are put where they belong. Off: they are refused.",
  },
  removeWithValue: {
    name: "Removing listed members",
    does: "“remove members” with a list takes out those listed. Off: as the RFC reads, it takes out everybody.",
  },
  foreignSchemas: {
    name: "Schemas of other makers",
    does: "Schemas of SCIM 1.1 and OneLogin count as those of SCIM 2.0, and unknown ones are left out. Off: they are refused.",
  },
  createOnFilterMiss: {
    name: "Changing what is not there",
    does: "A change of the work email adds one where there is none. Off: it is refused.",
  },
  bareFilterValues: {
    name: "Filters without quotation marks",
    does: "“externalId eq jyoung” is read as with quotation marks. Off: it is refused.",
  },
  unknownNames: {
    name: "Unknown names",
    does: "Attributes that no schema has are left out and named in the request log. Off: they are refused.",
  },
  unknownMembers: {
    name: "Unknown members of groups",
    does: "Members who are nobody here are left out and named in the request log. Off: the whole request is refused, and most clients try again.",
  },
};

/** The switches that a product's habits need; the connection test shows it. */
export const neededSwitches: Readonly<Record<DirectoryProduct, readonly DirectorySwitch[]>> = {
  okta: [],
  entra: [
    "operationCase",
    "stringBooleans",
    "shapes",
    "flatNames",
    "removeWithValue",
    "foreignSchemas",
    "createOnFilterMiss",
  ],
  onelogin: ["foreignSchemas"],
  jumpcloud: ["removeWithValue"],
  google: [],
  sailpoint: [],
  other: [],
};
