import { enterprise, ops } from "#test/scim/support/scim-client.ts";
import { insertRaw } from "./raw-inserts.ts";
import { domain, groupSizes } from "#server/cli/seed/seed-people.ts";
import { bodyOf } from "./body-of.ts";
import type { Subject } from "./subject.ts";

/** The most that a bulk request may hold. */
const bulkSize = 1000;

/** The measure for creating users: what node-postgres alone takes for the same rows. */
export const rawName = "the same rows by node-postgres alone";
export const createName = "create a user";

/** Something a directory does, measured again and again. */
export interface Operation {
  name: string;
  /** Milliseconds of processor time, server and PostgreSQL together, that it should take at most. */
  aimMs?: number;
  /** Whether its 95th percentile may grow by half at most from the smallest directory to the largest. */
  isFlat?: boolean;
  /** Operations that one request stands for. */
  per?: number;
  /** One after the other: what all do to the same group waits for its turn. */
  isAlone?: boolean;
  /** Says what is missing here, such as a group that is larger than the directory. */
  needs?(subject: Subject): boolean;
  prepare?(subject: Subject): Promise<void>;
  /** Answers false when there is nothing left to do it to. */
  run(subject: Subject): Promise<boolean | void>;
}

const read: Operation[] = [
  {
    name: "read a user",
    aimMs: 1,
    isFlat: true,
    run: async (at) => void (await at.ask(200, "GET", `/Users/${at.someone().id}`)),
  },
  {
    name: "filter by userName",
    aimMs: 1,
    isFlat: true,
    run: async (at) => await find(at, "Users", `userName eq "user-${at.someone().n}@${domain}"`),
  },
  {
    name: "filter by externalId",
    aimMs: 1,
    isFlat: true,
    run: async (at) => await find(at, "Users", `externalId eq "external-${at.someone().n}"`),
  },
  {
    name: "filter by a work email",
    aimMs: 1,
    isFlat: true,
    run: async (at) =>
      await find(at, "Users", `emails[type eq "work" and value eq "user-${at.someone().n}@${domain}"]`),
  },
  {
    name: "first page of 100",
    aimMs: 5,
    run: async (at) => void (await at.ask(200, "GET", "/Users?count=100")),
  },
  {
    name: "deep page of 100 by index",
    aimMs: 5,
    run: async (at) => {
      const { users } = at.installation;
      const startIndex = 1 + Math.floor((users - 100) * (0.5 + (at.someone().n % 500) / 1000));
      await at.ask(200, "GET", `/Users?count=100&startIndex=${startIndex}`);
    },
  },
  deepCursor(),
];

/** Goes on behind nine tenths of the directory, one page after the other. */
function deepCursor(): Operation {
  const cursors = new Map<Subject, { from: string; at: string }>();
  const nextOf = async (subject: Subject, query: string) => {
    const { text } = await subject.ask(200, "GET", `/Users?${query}`);
    return /"nextCursor":"([^"]+)"/.exec(text)?.[1];
  };
  return {
    name: "deep page of 100 by cursor",
    aimMs: 5,
    isAlone: true,
    async prepare(subject) {
      let cursor = "";
      for (let seen = 0; seen < subject.installation.users * 0.9; seen += 1000) {
        const next = await nextOf(
          subject,
          `attributes=userName&count=${Math.min(1000, subject.installation.users / 2)}&cursor=${cursor}`,
        );
        if (next === undefined) break;
        cursor = next;
      }
      cursors.set(subject, { from: cursor, at: cursor });
    },
    async run(subject) {
      const place = cursors.get(subject);
      if (place === undefined) return false;
      place.at = (await nextOf(subject, `count=100&cursor=${place.at}`)) ?? place.from;
      return true;
    },
  };
}

const change: Operation[] = [
  {
    name: "patch a user",
    aimMs: 2,
    isFlat: true,
    run: async (at) => {
      const body = ops({ op: "replace", path: "title", value: `Title ${at.next()}` });
      await at.ask(200, "PATCH", `/Users/${at.someone().id}`, body);
    },
  },
  {
    name: "put a user",
    run: async (at) => {
      const { n, id } = at.someone();
      const extension = { employeeNumber: `${at.next()}`, department: "Elsewhere" };
      await at.ask(200, "PUT", `/Users/${id}`, { ...bodyOf(n), [enterprise]: extension });
    },
  },
];

const groups: Operation[] = groupSizes.flatMap((size): Operation[] => {
  const needs = ({ groups: known }: Subject) => known.get(size) !== undefined;
  const inSize = `of ${size.toLocaleString("en")}`;
  return [
    {
      name: `one more in a group ${inSize}`,
      aimMs: 2,
      isFlat: true,
      isAlone: true,
      needs,
      run: async (at) => {
        const added = at.addedTo(size);
        const value = at.made[added.length];
        if (value === undefined) return false;
        await at.ask(204, "PATCH", groupOf(at, size), ops({ op: "add", path: "members", value: [{ value }] }));
        added.push(value);
        return true;
      },
    },
    {
      name: `one less in a group ${inSize}`,
      aimMs: 2,
      isFlat: true,
      isAlone: true,
      needs,
      run: async (at) => {
        const value = at.addedTo(size).pop();
        if (value === undefined) return false;
        await at.ask(204, "PATCH", groupOf(at, size), ops({ op: "remove", path: `members[value eq "${value}"]` }));
        return true;
      },
    },
    {
      name: `read a group ${inSize} without members`,
      aimMs: 1,
      needs,
      run: async (at) => void (await at.ask(200, "GET", `${groupOf(at, size)}?excludedAttributes=members`)),
    },
    {
      name: `rename a group ${inSize}`,
      aimMs: 2,
      isAlone: true,
      needs,
      run: async (at) => {
        const value = `Group of ${size}, ${at.next()}`;
        await at.ask(204, "PATCH", groupOf(at, size), ops({ op: "replace", path: "displayName", value }));
      },
    },
  ];
});

const making: Operation[] = [
  {
    name: createName,
    aimMs: 2,
    run: async (at) => {
      const { text } = await at.ask(201, "POST", "/Users", newcomer(at));
      at.made.push(idIn(text));
    },
  },
  {
    name: rawName,
    run: async (at) => await insertRaw(at),
  },
  {
    name: `create users in bulk, ${bulkSize.toLocaleString("en")} a request`,
    aimMs: 2,
    per: bulkSize,
    isAlone: true,
    run: async (at) => {
      const Operations = Array.from({ length: bulkSize }, (_, n) => ({
        method: "POST",
        path: "/Users",
        bulkId: `b${n}`,
        data: newcomer(at),
      }));
      const body = { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations };
      const { text } = await at.ask(200, "POST", "/Bulk", body);
      const made = text.match(/"status":"201"/g)?.length ?? 0;
      if (made !== bulkSize) throw new Error(`Of ${bulkSize} users in bulk, ${made} were made.`);
    },
  },
];

const deleting: Operation[] = [
  {
    name: "delete a user",
    run: async (at) => {
      const id = at.made.pop();
      if (id === undefined) return false;
      await at.ask(204, "DELETE", `/Users/${id}`);
      return true;
    },
  },
];

/** All, in the order of a round. Who is made in a round is put into groups, taken out again and deleted in it. */
export const operations: readonly Operation[] = [...making, ...read, ...change, ...groups, ...deleting];

function newcomer(at: Subject): Record<string, unknown> {
  return bodyOf(at.next());
}

function idIn(text: string): string {
  return /"id":"([^"]+)"/.exec(text)?.[1] ?? "";
}

function groupOf(at: Subject, size: number): string {
  return `/Groups/${at.groups.get(size) ?? ""}`;
}

async function find(subject: Subject, type: "Users" | "Groups", filter: string, more = ""): Promise<void> {
  const { text } = await subject.ask(200, "GET", `/${type}?filter=${encodeURIComponent(filter)}${more}`);
  if (!text.includes('"totalResults":1,')) throw new Error(`${filter} found something else: ${text.slice(0, 300)}`);
}
