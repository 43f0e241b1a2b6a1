import { createAttribute } from "#server/attributes/create-attribute.ts";
import { presentAttribute } from "#server/attributes/read-attribute.ts";
import { findAttribute } from "#server/attributes/update-attribute.ts";
import { attributeTypes, scimReaches } from "#server/contract/attributes.ts";
import type { Work } from "#server/db/work.ts";

interface AttributeFlags {
  name: string;
  label: string | undefined;
  labelJa: string | undefined;
  description: string | undefined;
  type: string | undefined;
  several: boolean;
  choice: string[] | undefined;
  required: boolean;
  unique: boolean;
  users: string | undefined;
  claim: string | undefined;
  scim: string | undefined;
}

/** Defines an attribute from the flags of the command line. @throws attribute.* */
export async function createAttributeFor(work: Work, flags: AttributeFlags) {
  const id = await createAttribute(work, {
    name: flags.name,
    labels: { en: flags.label ?? flags.name, ja: flags.labelJa ?? null },
    description: flags.description ?? "",
    type: attributeTypes.find((type) => type === flags.type) ?? "string",
    isMultiValued: flags.several,
    canonicalValues: flags.choice ?? [],
    isRequired: flags.required,
    isUnique: flags.unique,
    isVisible: flags.users === "see" || flags.users === "edit",
    isEditable: flags.users === "edit",
    claim: flags.claim ?? null,
    scim: scimReaches.find((reach) => reach === flags.scim) ?? "readWrite",
  });
  return presentAttribute(await findAttribute(work, id));
}
