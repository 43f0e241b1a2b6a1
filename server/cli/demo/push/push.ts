import { StartError } from "#server/kernel/start-error.ts";
import type { Roster } from "../roster/roster.ts";
import { planChanges, pushChanges } from "./later-changes.ts";
import { pushManagers, pushPeople } from "./push-people.ts";
import type { Known } from "./push-people.ts";
import { pushMembers, pushTeams } from "./push-teams.ts";
import { readBack } from "./read-back.ts";
import { ScimClient, ScimRefusal } from "./scim-client.ts";
import type { Phase } from "./tally.ts";

/** What a push did, with its figures. */
export interface Pushed {
  phases: Phase[];
  memberships: number;
  requests: number;
  requestsPerSecond: number;
  /** Milliseconds of one answer: the middle one, and the slowest but for one in twenty. */
  medianMs: number;
  p95Ms: number;
  /** How often the server said to wait. */
  waits: number;
  errors: string[];
  known: Map<string, Known>;
}

/**
 * Plays a directory: tries the token, pushes a roster, then the changes of a day, then reads everything back.
 *
 * @throws StartError the token is not taken
 */
export async function push(
  to: { baseUrl: string; token: string },
  roster: Roster,
  tell: (phase: Phase) => void,
): Promise<Pushed> {
  const client = new ScimClient(to.baseUrl, to.token);
  const startedAt = performance.now();
  const phases: Phase[] = [];
  const done = (...some: Phase[]) => {
    for (const phase of some) tell(phase);
    phases.push(...some);
  };
  await tryToken(client);
  const changes = planChanges(roster);
  const people = await pushPeople(client, roster.people, changes.later);
  done(people.phase);
  done(await pushManagers(client, roster.people, people.known));
  const teams = await pushTeams(client, roster.teams);
  done(teams.phase);
  const members = await pushMembers(client, teams.pushed, people.known, changes.leaving);
  done(members.phase);
  done(...(await pushChanges(client, changes, people.known, teams.pushed)));
  done(await readBack(client, roster, changes.later, people.known));
  const seconds = (performance.now() - startedAt) / 1000;
  const times = client.times.toSorted((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0;
  return {
    phases,
    memberships: members.members,
    requests: times.length,
    requestsPerSecond: times.length / seconds,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    waits: client.waits,
    errors: phases.flatMap((phase) => phase.errors.map((error) => `${phase.name}: ${error}`)),
    known: people.known,
  };
}

/** The request with which Okta tries what was typed in. */
async function tryToken(client: ScimClient): Promise<void> {
  try {
    await client.send("GET", "/Users?startIndex=1&count=2");
  } catch (error) {
    if (!(error instanceof ScimRefusal)) throw error;
    throw new StartError(`The server does not take this directory's requests. ${error.message}`);
  }
}
