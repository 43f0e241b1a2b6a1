/** The flags of a user that are one column each. */
export interface FieldFlags {
  displayName: string | undefined;
  email: string | undefined;
  givenName: string | undefined;
  familyName: string | undefined;
  role: string | undefined;
  locale: string | undefined;
  timeZone: string | undefined;
  attribute: string[] | undefined;
}

type Cleared = Partial<Record<"givenName" | "familyName" | "locale" | "timeZone", string | null>>;

/** What was given of the fields that may be empty: an empty text clears. */
export function readFields(flags: FieldFlags): Cleared {
  const fields: Cleared = {};
  for (const name of ["givenName", "familyName", "locale", "timeZone"] as const) {
    const value = flags[name];
    if (value !== undefined) fields[name] = value === "" ? null : value;
  }
  return fields;
}
