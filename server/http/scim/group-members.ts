import { projector } from "#scim/schema/project.ts";
import type { ProjectionRequest } from "#scim/schema/project.ts";
import type { Json, JsonObject } from "#scim/schema/json.ts";
import { selectScimMembers } from "../../db/sql/scim-groups.ts";
import type { GroupRow, MemberRow } from "../../db/sql/groups.ts";
import type { Call } from "./call.ts";
import { presentGroup, presentMember } from "./group-resource.ts";

/** Members that are read at a time, and the most that are held at once. */
export const membersAtATime = 1000;

/** Says whether a group is answered piece by piece. */
export function isLarge(row: GroupRow): boolean {
  return row.member_count > membersAtATime;
}

/** The members of a group that is not large, in one statement. */
export async function loadMembers(call: Call, row: GroupRow): Promise<MemberRow[]> {
  return row.member_count === 0 ? [] : await selectScimMembers(call.house.db, row, undefined, membersAtATime + 1);
}

/**
 * The JSON of a group with however many members, in pieces: memory holds one page of members at a time.
 * The pages are statements of their own, so what changes meanwhile may be there or not; nobody is there twice.
 */
export async function* streamGroup(call: Call, row: GroupRow, request: ProjectionRequest): AsyncGenerator<string> {
  const { group: type } = call.types;
  const view = projector(type, request);
  const head = JSON.stringify(view(presentGroup(row, type, call.baseUrl)));
  yield head.slice(0, -1);
  let after: MemberRow | undefined;
  let separator = ',"members":[';
  for (;;) {
    const page = await selectScimMembers(call.house.db, row, after, membersAtATime);
    const shown = membersIn(view({ members: page.map((member) => presentMember(member, call.baseUrl)) }));
    if (shown.length > 0) {
      yield separator + JSON.stringify(shown).slice(1, -1);
      separator = ",";
    }
    after = page.at(-1);
    if (page.length < membersAtATime || after === undefined) break;
  }
  yield separator === "," ? "]}" : "}";
}

function membersIn({ members }: JsonObject): Json[] {
  return Array.isArray(members) ? members : [];
}
