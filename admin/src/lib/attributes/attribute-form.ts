import type { z } from "zod";
import type { AttributeType, ScimReach, attributeChange, newAttribute } from "#contract/attributes.ts";
import type { Reply } from "#console/api/call.ts";
import { say } from "#console/words/say.svelte.ts";

/** What the form of an attribute holds while it is filled in. */
export interface AttributeForm extends Record<string, unknown> {
  name: string;
  labelEn: string;
  labelJa: string;
  description: string;
  type: AttributeType;
  isMultiValued: boolean;
  /** One on each line. */
  canonicalValues: string;
  isRequired: boolean;
  isUnique: boolean;
  /** What users may do with their own value. */
  access: "none" | "see" | "edit";
  claim: string;
  scim: ScimReach;
}

/** The empty form. */
export const noAttribute: AttributeForm = {
  name: "",
  labelEn: "",
  labelJa: "",
  description: "",
  type: "string",
  isMultiValued: false,
  canonicalValues: "",
  isRequired: false,
  isUnique: false,
  access: "none",
  claim: "",
  scim: "readWrite",
};

/** The form filled with a definition. */
export function formOf(attribute: Reply<"createAttribute">): AttributeForm {
  return {
    name: attribute.name,
    labelEn: attribute.labels.en,
    labelJa: attribute.labels.ja ?? "",
    description: attribute.description,
    type: attribute.type,
    isMultiValued: attribute.isMultiValued,
    canonicalValues: attribute.canonicalValues.join("\n"),
    isRequired: attribute.isRequired,
    isUnique: attribute.isUnique,
    access: attribute.isEditable ? "edit" : attribute.isVisible ? "see" : "none",
    claim: attribute.claim ?? "",
    scim: attribute.scim,
  };
}

/** The body that defines an attribute. What the type rules out is left out of sight in the form, and not sent. */
export function attributeBody(form: AttributeForm): z.input<typeof newAttribute> {
  const isBoolean = form.type === "boolean";
  return {
    name: form.name.trim(),
    labels: { en: form.labelEn.trim(), ja: form.labelJa.trim() || null },
    description: form.description.trim(),
    type: form.type,
    isMultiValued: form.isMultiValued && !isBoolean,
    canonicalValues: form.type === "string" ? linesOf(form.canonicalValues) : [],
    isRequired: form.isRequired,
    isUnique: form.isUnique && !isBoolean,
    isVisible: form.access !== "none",
    isEditable: form.access === "edit",
    claim: form.claim.trim() || null,
    scim: form.scim,
  };
}

/** The body that changes a definition: only what differs, so that nobody's change elsewhere is undone. */
export function changeBody(before: AttributeForm, after: AttributeForm): z.input<typeof attributeChange> {
  const [old, next] = [attributeBody(before), attributeBody(after)] as Record<string, unknown>[];
  return Object.fromEntries(
    Object.entries(next ?? {}).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old?.[name])),
  );
}

/** Names of the fields, as errors on top of the form call them. */
export function attributeLabels(): Record<string, string> {
  const words = say.attributeForm;
  return {
    name: words.name,
    "labels.en": words.labelEn,
    "labels.ja": words.labelJa,
    description: words.description,
    type: words.type,
    isMultiValued: words.isMultiValued,
    canonicalValues: words.canonicalValues,
    isUnique: words.isUnique,
    claim: words.claim,
  };
}

/** What is typed in lines, without empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
