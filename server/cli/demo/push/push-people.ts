import type { Person } from "../roster/roster.ts";
import { differences, enterprise, managerOf, patch, toScimUser } from "./as-scim.ts";
import { inParallel } from "./in-parallel.ts";
import type { Json, ScimClient } from "./scim-client.ts";
import { Tally } from "./tally.ts";
import type { Phase } from "./tally.ts";

/** Who is there, by employee number. */
export interface Known {
  id: string;
  /** The manager's id, where one is set. */
  managerId: unknown;
  isNew: boolean;
}

export const parallel = 8;

/**
 * Looks each person up, posts who is missing, and patches who differs.
 *
 * @param later the same people as they are after the changes of the day, which is how a second run finds them
 */
export async function pushPeople(
  client: ScimClient,
  people: readonly Person[],
  later: ReadonlyMap<string, Person>,
): Promise<{ phase: Phase; known: Map<string, Known> }> {
  const known = new Map<string, Known>();
  const tally = new Tally("people");
  await inParallel(people, parallel, async (person) => {
    await tally.one(person.userName, async () => {
      const found = await client.findOne("Users", "userName", person.userName);
      if (found === undefined) {
        const { body } = await client.send("POST", "/Users", toScimUser(person));
        known.set(person.employeeNumber, { id: idOf(body), managerId: undefined, isNew: true });
        return true;
      }
      known.set(person.employeeNumber, { id: idOf(found), managerId: managerOf(found), isNew: false });
      const operations = differences(found, later.get(person.employeeNumber) ?? person);
      if (operations.length === 0) return false;
      await client.send("PATCH", `/Users/${idOf(found)}`, patch(...operations));
      return true;
    });
  });
  return { phase: tally.end(), known };
}

/** Sets managers once everybody is there, as Entra ID does: a bare id at the extension's path. */
export async function pushManagers(
  client: ScimClient,
  people: readonly Person[],
  known: ReadonlyMap<string, Known>,
): Promise<Phase> {
  const tally = new Tally("managers");
  const due = people.flatMap((person) => {
    const own = known.get(person.employeeNumber);
    const manager = known.get(person.manager);
    return own === undefined || manager === undefined || own.managerId === manager.id
      ? []
      : [{ name: person.userName, id: own.id, managerId: manager.id }];
  });
  await inParallel(due, parallel, async ({ name, id, managerId }) => {
    await tally.one(name, async () => {
      const operation = { op: "Add", path: `${enterprise}:manager`, value: managerId };
      await client.send("PATCH", `/Users/${id}`, patch(operation));
      return true;
    });
  });
  return tally.end();
}

export function idOf(resource: Json): string {
  return String(resource["id"]);
}
