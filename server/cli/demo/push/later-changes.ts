import type { Person, Roster } from "../roster/roster.ts";
import { patch } from "./as-scim.ts";
import { inParallel } from "./in-parallel.ts";
import { parallel } from "./push-people.ts";
import type { Known } from "./push-people.ts";
import { versionOf } from "./push-teams.ts";
import type { PushedTeam } from "./push-teams.ts";
import type { Json, ScimClient } from "./scim-client.ts";
import { Tally } from "./tally.ts";
import type { Phase } from "./tally.ts";

/** What happens in the company after the first push. The same people each time, so that a second run finds it done. */
export interface LaterChanges {
  promoted: Person[];
  renumbered: Person[];
  leavers: Person[];
  /** Employee numbers by the name of the group that they leave. */
  leaving: Map<string, ReadonlySet<string>>;
  /** Everybody as they are afterwards, by employee number. */
  later: Map<string, Person>;
}

/** Who is promoted, gets another phone, leaves the company, or leaves a group. */
export function planChanges({ people, teams }: Roster): LaterChanges {
  const active = people.filter((person) => person.isActive);
  const some = Math.min(20, Math.floor(active.length / 6));
  const promoted = active.slice(1, 1 + some).map((person) => ({ ...person, title: `Senior ${person.title}` }));
  const renumbered = active.slice(1 + some, 1 + 2 * some).map((person) => ({ ...person, phone: "+44 20 7946 0999" }));
  const leavers = active.slice(active.length - some).map((person) => ({ ...person, isActive: false }));
  const last = teams.at(-1);
  return {
    promoted,
    renumbered,
    leavers,
    leaving: new Map(last === undefined ? [] : [[last.name, new Set(last.members.slice(0, 2))]]),
    later: new Map([...promoted, ...renumbered, ...leavers].map((person) => [person.employeeNumber, person])),
  };
}

/** Sends the changes in the ways of several directories. What is so already is sent all the same, and changes nothing. */
export async function pushChanges(
  client: ScimClient,
  changes: LaterChanges,
  known: ReadonlyMap<string, Known>,
  teams: readonly PushedTeam[],
): Promise<Phase[]> {
  const { promoted, renumbered, leavers, leaving } = changes;
  return [
    // Entra ID: one operation for one attribute.
    await pushEach("promotions (PATCH)", client, promoted, known, (person) => ({
      method: "PATCH",
      body: patch({ op: "Replace", path: "title", value: person.title }),
    })),
    // Okta: read, change, and put everything back, what is read-only too.
    await pushEach("new phones (GET, PUT)", client, renumbered, known, (person, before) => ({
      method: "PUT",
      body: withPhone(before, person.phone),
    })),
    // Entra ID again: the boolean as a text.
    await pushEach("leavers (PATCH)", client, leavers, known, () => ({
      method: "PATCH",
      body: patch({ op: "Replace", path: "active", value: "False" }),
    })),
    await pushLeaving(client, leaving, known, teams),
  ];
}

async function pushEach(
  name: string,
  client: ScimClient,
  people: readonly Person[],
  known: ReadonlyMap<string, Known>,
  write: (person: Person, before: Json) => { method: "PATCH" | "PUT"; body: Json },
): Promise<Phase> {
  const tally = new Tally(name);
  await inParallel(people, parallel, async (person) => {
    const id = known.get(person.employeeNumber)?.id;
    if (id === undefined) return;
    await tally.one(person.userName, async () => {
      const before = await client.send("GET", `/Users/${id}`);
      const { method, body } = write(person, before.body);
      return (await client.send(method, `/Users/${id}`, body)).etag !== before.etag;
    });
  });
  return tally.end();
}

/** Takes members out as Entra ID does by default: the ones that are listed, and no others. */
async function pushLeaving(
  client: ScimClient,
  leaving: LaterChanges["leaving"],
  known: ReadonlyMap<string, Known>,
  teams: readonly PushedTeam[],
): Promise<Phase> {
  const tally = new Tally("members taken out");
  for (const [name, members] of leaving) {
    const team = teams.find((one) => one.name === name);
    if (team === undefined) continue;
    const value = [...members]
      .flatMap((member) => known.get(member)?.id ?? [])
      .map((id) => ({ $ref: null, value: id }));
    await tally.one(name, async () => {
      const before = await versionOf(client, team.id);
      const reply = await client.send("PATCH", `/Groups/${team.id}`, patch({ op: "Remove", path: "members", value }));
      return reply.etag !== before;
    });
  }
  return tally.end();
}

function withPhone(resource: Json, phone: string): Json {
  const numbers = Array.isArray(resource["phoneNumbers"]) ? (resource["phoneNumbers"] as Json[]) : [];
  const others = numbers.filter((one) => one["type"] !== "work");
  const own = numbers.find((one) => one["type"] === "work") ?? { type: "work" };
  return { ...resource, phoneNumbers: [{ ...own, value: phone }, ...others] };
}
