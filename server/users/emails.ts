export interface MultiValue {
  value: string;
  type?: string;
  primary?: boolean;
  display?: string;
}

/** The values of a multi-valued attribute of the SCIM resource that have text in them. */
export function multiValues(resource: Record<string, unknown>, attribute: string): MultiValue[] {
  const items: unknown = resource[attribute];
  if (!Array.isArray(items)) return [];
  return items.filter(
    (item: unknown): item is MultiValue =>
      typeof item === "object" &&
      item !== null &&
      "value" in item &&
      typeof item.value === "string" &&
      item.value !== "",
  );
}

/** Where mail for the person goes: the primary email, else the one for work, else the first (RFC 7643 §2.4). */
export function primaryEmail(resource: Record<string, unknown>): string | null {
  const emails = multiValues(resource, "emails");
  const chosen =
    emails.find((email) => email.primary === true) ?? emails.find((email) => email.type === "work") ?? emails[0];
  return chosen?.value ?? null;
}

/**
 * The emails or phones of a SCIM resource as files have them: the one that the account is known by, and the others in
 * their order.
 */
export function contactsOf(
  resource: Record<string, unknown>,
  attribute: "emails" | "phoneNumbers",
): { chosen: MultiValue | undefined; others: MultiValue[] } {
  const items = multiValues(resource, attribute);
  const chosen =
    items.find((item) => item.primary === true) ??
    (attribute === "emails" ? items.find((item) => item.type === "work") : undefined) ??
    items[0];
  return { chosen, others: items.filter((item) => item !== chosen) };
}

/** The resource with another primary value; null takes the primary one away. Other values stay. */
export function withPrimary(
  resource: Record<string, unknown>,
  attribute: "emails" | "phoneNumbers",
  value: string | null,
): Record<string, unknown> {
  const items = multiValues(resource, attribute);
  const index = Math.max(
    0,
    items.findIndex((item) => item.primary === true),
  );
  const rest = items.filter((_, at) => at !== index);
  const next = value === null ? rest : [{ ...(items[index] ?? { type: "work" }), value, primary: true }, ...rest];
  const { [attribute]: _, ...others } = resource;
  return next.length === 0 ? others : { ...others, [attribute]: next };
}
