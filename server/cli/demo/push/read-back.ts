import type { Person, Roster } from "../roster/roster.ts";
import { differences, managerOf } from "./as-scim.ts";
import { idOf } from "./push-people.ts";
import type { Known } from "./push-people.ts";
import type { Json, ScimClient } from "./scim-client.ts";
import { Tally } from "./tally.ts";
import type { Phase } from "./tally.ts";

const pageSize = 100;

/** Reads everybody back, page by page as an import does, and compares: every name must have arrived to the letter. */
export async function readBack(
  client: ScimClient,
  roster: Roster,
  later: ReadonlyMap<string, Person>,
  known: ReadonlyMap<string, Known>,
): Promise<Phase> {
  const tally = new Tally("read back");
  const found = new Map<string, Json>();
  await tally.beside("list", async () => {
    for (let startIndex = 1, total = 1; startIndex <= total; startIndex += pageSize) {
      const { body } = await client.send("GET", `/Users?startIndex=${startIndex}&count=${pageSize}`);
      total = Number(body["totalResults"]);
      for (const resource of body["Resources"] as Json[]) found.set(idOf(resource), resource);
    }
  });
  for (const person of roster.people) {
    await tally.one(person.userName, async () => {
      const own = known.get(person.employeeNumber);
      const resource = found.get(own?.id ?? "");
      if (resource === undefined) throw new Error("is not in the list");
      const wrong = differences(resource, later.get(person.employeeNumber) ?? person);
      if (wrong.length > 0) throw new Error(`differs in ${wrong.map((one) => one.path).join(", ")}`);
      const managerId = known.get(person.manager)?.id;
      if (managerId !== undefined && managerOf(resource) !== managerId) throw new Error("has another manager");
      return false;
    });
  }
  return tally.end();
}
