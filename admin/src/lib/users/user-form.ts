import type { z } from "zod";
import type { newUser, userChange } from "#contract/users.ts";
import type { AttributeValue } from "#contract/attributes.ts";
import type { Reply } from "#console/api/call.ts";
import { labelOf, textOf, valueOfText } from "#console/attributes/attribute-values.ts";
import type { Definition } from "#console/attributes/attribute-values.ts";
import { say } from "#console/words/say.svelte.ts";

/** What the form of a user holds while it is filled in. */
export interface UserValues extends Record<string, unknown> {
  username: string;
  displayName: string;
  givenName: string;
  familyName: string;
  email: string;
  phone: string;
  roleId: string;
  locale: string;
  timeZone: string;
  marketingConsent: boolean;
  /** Attributes of the organization by name, as they are typed. */
  attributes: Record<string, string>;
  /** Empty: as the organization says. */
  protection: "" | "on" | "off";
}

/** How an account gets its password. */
export type FirstSignIn = "invite" | "temporary" | "password";

export interface NewUserValues extends UserValues {
  first: FirstSignIn;
  password: string;
}

/** The empty form. */
export function noUser(username: string): NewUserValues {
  return {
    username,
    displayName: "",
    givenName: "",
    familyName: "",
    email: "",
    phone: "",
    roleId: "",
    locale: "",
    timeZone: "",
    marketingConsent: false,
    attributes: {},
    protection: "",
    first: "invite",
    password: "",
  };
}

/** The form filled with an account. */
export function valuesOf(user: Reply<"getUser">): UserValues {
  return {
    username: user.username,
    displayName: user.displayName,
    givenName: user.givenName ?? "",
    familyName: user.familyName ?? "",
    email: user.email ?? "",
    phone: primaryOf(user.phoneNumbers),
    roleId: user.role.id,
    locale: user.locale ?? "",
    timeZone: user.timeZone ?? "",
    marketingConsent: user.marketingConsent,
    attributes: Object.fromEntries(Object.entries(user.attributes).map(([name, value]) => [name, textOf(value)])),
    protection: user.protection ?? "",
  };
}

/** The body that creates an account; what was left empty is left out. */
export function newUserBody(values: NewUserValues, definitions: readonly Definition[]): z.input<typeof newUser> {
  const attributes = changedAttributes({}, values.attributes, definitions);
  return {
    username: values.username.trim(),
    displayName: values.displayName.trim(),
    ...optional("givenName", values.givenName),
    ...optional("familyName", values.familyName),
    ...optional("email", values.email),
    ...optional("phone", values.phone),
    ...optional("roleId", values.roleId),
    ...optional("locale", values.locale),
    ...optional("timeZone", values.timeZone),
    marketingConsent: values.marketingConsent,
    ...(attributes === undefined ? {} : { attributes }),
    ...(values.protection === "" ? {} : { protection: values.protection }),
    ...(values.first === "invite"
      ? { sendActivation: true }
      : { password: values.password, passwordIsTemporary: values.first === "temporary", sendActivation: false }),
  };
}

/** The body that changes an account: only what differs, so that nobody's change elsewhere is undone. */
export function userChangeBody(
  before: UserValues,
  after: UserValues,
  definitions: readonly Definition[],
): z.input<typeof userChange> {
  const attributes = changedAttributes(before.attributes, after.attributes, definitions);
  const body: Record<string, unknown> = attributes === undefined ? {} : { attributes };
  for (const key of Object.keys(before)) {
    if (key === "attributes") continue;
    const value = after[key];
    if (value === before[key]) continue;
    const isNeeded = key === "username" || key === "displayName" || key === "roleId";
    body[key] = typeof value !== "string" ? value : value.trim() === "" && !isNeeded ? null : value.trim();
  }
  return body;
}

function changedAttributes(
  before: Record<string, string>,
  after: Record<string, string>,
  definitions: readonly Definition[],
): Record<string, AttributeValue | null> | undefined {
  const changed = definitions.filter(({ name }) => (after[name] ?? "").trim() !== (before[name] ?? "").trim());
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map((one) => [one.name, valueOfText(one, after[one.name] ?? "")]));
}

/** Names of the fields, as errors on top of the form call them. */
export function userLabels(definitions: readonly Definition[]): Record<string, string> {
  return {
    ...Object.fromEntries(definitions.map((one) => [`attributes.${one.name}`, labelOf(one)])),
    username: say.userForm.username,
    displayName: say.userForm.displayName,
    givenName: say.userForm.givenName,
    familyName: say.userForm.familyName,
    email: say.userForm.email,
    phone: say.userForm.phone,
    password: say.userForm.password,
    roleId: say.userForm.role,
    locale: say.userForm.locale,
    timeZone: say.userForm.timeZone,
  };
}

function optional<Key extends string>(key: Key, value: string): Partial<Record<Key, string>> {
  return value.trim() === "" ? {} : ({ [key]: value.trim() } as Record<Key, string>);
}

function primaryOf(values: { value: string; primary?: boolean | undefined }[]): string {
  return (values.find((item) => item.primary === true) ?? values[0])?.value ?? "";
}

/**
 * Brings what others changed meanwhile into a form that is being filled in; a field that was changed here as well keeps
 * what was typed.
 *
 * @param values of the form; changed in place
 * @returns the fields that others changed to something that is not in the form yet, by the names of `userLabels`
 */
export function mergeNewest(was: UserValues, is: UserValues, values: UserValues): { field: string; isOwn: boolean }[] {
  const merged: { field: string; isOwn: boolean }[] = [];
  const one = <Values extends Record<string, unknown>>(
    key: keyof Values & string,
    field: string,
    [before, now, form]: [Values, Values, Values],
  ) => {
    if (now[key] === before[key] || form[key] === now[key]) return;
    const isOwn = form[key] !== before[key];
    if (!isOwn) form[key] = now[key];
    merged.push({ field, isOwn });
  };
  for (const key of Object.keys(is)) if (key !== "attributes") one<UserValues>(key, key, [was, is, values]);
  for (const key of new Set([...Object.keys(was.attributes), ...Object.keys(is.attributes)])) {
    one<Record<string, string | undefined>>(key, `attributes.${key}`, [
      was.attributes,
      is.attributes,
      values.attributes,
    ]);
  }
  return merged;
}
