import pg from "pg";
import type { UserId } from "#server/kernel/ids.ts";
import type { Answer } from "./http-client.ts";
import type { Installation } from "./installation.ts";
import { domain, groupSizes } from "#server/cli/seed/seed-people.ts";

/** Seeded people whose ids are known, so that an operation can take somebody else each time. */
const sampleSize = 5000;

/** Who and what the operations of a run act on, in one installation. */
export interface Subject {
  installation: Installation;
  /** node-postgres with as many connections as the client has. */
  raw: pg.Pool;
  /** The numbers and ids of seeded people, in no order. */
  people: readonly { n: number; id: string }[];
  /** Id of a seeded group by its size, as far as there is one. */
  groups: ReadonlyMap<number, string>;
  /** Users that this run has made, newest last. */
  made: string[];
  /** Members that this run has put into the group of this size, newest last. */
  addedTo(size: number): string[];
  /** A number that nobody has had before in this run. */
  next(): number;
  /** Somebody, another one each time. */
  someone(): { n: number; id: string };
  /** Sends a request. @throws Error when it is answered by another status */
  ask(status: number, method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Looks up what the operations need to know. */
export async function findSubject(installation: Installation, connections: number): Promise<Subject> {
  const { db, directoryId, users, client } = installation;
  const numbers = Array.from(
    { length: Math.min(users, sampleSize) },
    (_, at) => 1 + Math.floor(((at + 0.5) * users) / Math.min(users, sampleSize)),
  );
  const found = await db.rows<{ id: UserId; username: string }>(
    "select id, username from users where lower(username) = any($1::text[])",
    [numbers.map((n) => `user-${n}@${domain}`)],
  );
  const people = shuffled(found.map(({ id, username }) => ({ id, n: Number(/^user-(\d+)@/.exec(username)?.[1]) })));
  const groups = new Map<number, string>();
  for (const size of groupSizes) {
    const group = await db.row<{ id: string }>("select id from groups where directory_id = $1 and external_id = $2", [
      directoryId,
      `group-${size}-1`,
    ]);
    if (group !== undefined) groups.set(size, group.id);
  }
  const added = new Map(groupSizes.map((size): [number, string[]] => [size, []]));
  let turn = 0;
  let count = 0;
  // Above all that were seeded, and other ones in each run.
  const beginning = Date.now() * 1000;
  return {
    installation,
    raw: new pg.Pool({ ...db.pool.options, max: connections }),
    people,
    groups,
    made: [],
    addedTo: (size) => added.get(size) ?? [],
    next: () => beginning + (count += 1),
    someone() {
      turn = (turn + 1) % people.length;
      const person = people[turn];
      if (person === undefined) throw new Error("Nobody was seeded.");
      return person;
    },
    async ask(status, method, path, body) {
      const answer = await client.send(method, path, body);
      if (answer.status !== status) {
        throw new Error(`${method} ${path} was answered by ${answer.status}: ${answer.text.slice(0, 500)}`);
      }
      return answer;
    },
  };
}

/** Takes away what a run has made, so that the next one finds the installation as this one did. */
export async function tidy({ installation, raw }: Subject): Promise<void> {
  const { db, directoryId, users } = installation;
  await raw.end();
  await db.run(
    "delete from users where directory_id = $1 and id not in (select id from users where external_id ~ '^external-[0-9]+$' and substring(external_id from '[0-9]+$')::bigint <= $2)",
    [directoryId, users],
  );
  await db.run("delete from graphile_worker._private_jobs");
}

/** In an order without order, the same in each run. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  let state = 1;
  // Lehmer's generator: chance that repeats itself.
  const draw = () => (state = (state * 48_271) % 2_147_483_647);
  return items
    .map((item) => ({ item, key: draw() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
