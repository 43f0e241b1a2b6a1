import type { Team } from "../roster/roster.ts";
import { coreGroup, patch } from "./as-scim.ts";
import { inParallel } from "./in-parallel.ts";
import { idOf, parallel } from "./push-people.ts";
import type { Known } from "./push-people.ts";
import type { ScimClient } from "./scim-client.ts";
import { Tally } from "./tally.ts";
import type { Phase } from "./tally.ts";

/** Entra ID sends a handful of members in one patch, others hundreds. */
const batchSize = 100;

export interface PushedTeam extends Team {
  id: string;
  isNew: boolean;
}

/** Looks each group up without its members, and posts what is missing. */
export async function pushTeams(
  client: ScimClient,
  teams: readonly Team[],
): Promise<{ phase: Phase; pushed: PushedTeam[] }> {
  const tally = new Tally("groups");
  const pushed: PushedTeam[] = [];
  await inParallel(teams, parallel, async (team) => {
    await tally.one(team.name, async () => {
      const found = await client.findOne("Groups", "displayName", team.name, "&excludedAttributes=members");
      if (found !== undefined) {
        pushed.push({ ...team, id: idOf(found), isNew: false });
        return false;
      }
      const { body } = await client.send("POST", "/Groups", { schemas: [coreGroup], displayName: team.name });
      pushed.push({ ...team, id: idOf(body), isNew: true });
      return true;
    });
  });
  return { phase: tally.end(), pushed };
}

/**
 * Adds the members in batches. A directory adds again what may be there already; the version tells whether that changed
 * anything.
 *
 * @param leaving who leaves a group later this day: a group that was there before has lost them already
 */
export async function pushMembers(
  client: ScimClient,
  pushed: readonly PushedTeam[],
  known: ReadonlyMap<string, Known>,
  leaving: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<{ phase: Phase; members: number }> {
  const tally = new Tally("memberships, in batches");
  let members = 0;
  await inParallel(pushed, parallel, async (team) => {
    const isGone = (member: string) => !team.isNew && leaving.get(team.name)?.has(member) === true;
    const ids = team.members.filter((member) => !isGone(member)).flatMap((member) => known.get(member)?.id ?? []);
    members += ids.length;
    let version: string | null = null;
    await tally.beside(team.name, async () => {
      version = await versionOf(client, team.id);
    });
    for (let from = 0; from < ids.length; from += batchSize) {
      await tally.one(team.name, async () => {
        const value = ids.slice(from, from + batchSize).map((id) => ({ $ref: null, value: id }));
        const { etag } = await client.send("PATCH", `/Groups/${team.id}`, patch({ op: "Add", path: "members", value }));
        const isChanged = etag !== version;
        version = etag;
        return isChanged;
      });
    }
  });
  return { phase: tally.end(), members };
}

/** The version of a group, its members not asked for. */
export async function versionOf(client: ScimClient, id: string): Promise<string | null> {
  return (await client.send("GET", `/Groups/${id}?excludedAttributes=members`)).etag;
}
