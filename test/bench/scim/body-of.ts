import { departments, domain, familyNames, givenNames } from "#server/cli/seed/seed-people.ts";
import { core, enterprise } from "#test/scim/support/scim-client.ts";

/** What a directory sends to make the person with this number; `insertPeople` puts the same into rows. */
export function bodyOf(n: number): Record<string, unknown> {
  const [givenName, familyName] = [nth(givenNames, n), nth(familyNames, n)];
  return {
    schemas: [core, enterprise],
    externalId: `external-${n}`,
    userName: `user-${n}@${domain}`,
    name: { givenName, familyName, formatted: `${givenName} ${familyName}` },
    displayName: `${givenName} ${familyName}`,
    title: `Specialist ${n % 100}`,
    emails: [{ value: `user-${n}@${domain}`, type: "work", primary: true }],
    phoneNumbers: [{ value: `+81 3 5550 ${String(n % 10_000).padStart(4, "0")}`, type: "work" }],
    active: true,
    [enterprise]: { employeeNumber: `${n}`, department: nth(departments, n) },
  };
}

function nth(words: readonly string[], n: number): string {
  return words[n % words.length] ?? "";
}
