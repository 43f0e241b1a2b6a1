import type { Queryable } from "#server/db/queryable.ts";
import { domain } from "#server/cli/seed/seed-people.ts";

/** A question that a page of the console asks, each time of something else. */
export interface Question {
  name: string;
  /** Address below /api/v1; `n` counts up. */
  path(n: number): string;
}

/** What is asked about. */
export interface Known {
  users: number;
  userIds: string[];
  groupIds: string[];
  /** The largest group. */
  crowdId: string;
  /** Members of the largest group. */
  crowd: number;
  directoryId: string;
}

/** Chooses what to ask about. */
export async function lookAround(from: Queryable, directoryId: string, users: number): Promise<Known> {
  const ids = async (sql: string) => (await from.rows<{ id: string }>(sql)).map((row) => row.id);
  const [crowd] = await from.rows<{ id: string; member_count: number }>(
    "select id, member_count from groups order by member_count desc limit 1",
  );
  return {
    users,
    userIds: await ids("select id from users tablesample system (1) where deleted_at is null limit 500"),
    groupIds: await ids("select id from groups where member_count = 1000 limit 100"),
    crowdId: crowd?.id ?? "",
    crowd: crowd?.member_count ?? 0,
    directoryId,
  };
}

const names = ["okafor", "tanaka", "chloe", "daisuke", "weber", "xena", "yamada", "quist"];
const sorts = ["created", "name", "username", "lastActive"];

/** Every question that issue and console ask of lists, pages and log. */
export function questions(known: Known): Question[] {
  const user = (n: number) => known.userIds[n % known.userIds.length] ?? "";
  const group = (n: number) => known.groupIds[n % known.groupIds.length] ?? known.crowdId;
  const some = (n: number) => ((n * 7919) % known.users) + 1;
  const inCrowd = (n: number) => ((n * 7919) % known.crowd) + 1;
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  return [
    { name: "users: newest", path: () => "/users" },
    ...sorts.flatMap((sort) =>
      ["asc", "desc"].map((order) => ({
        name: `users: by ${sort}, ${order}`,
        path: () => `/users?sort=${sort}&order=${order}`,
      })),
    ),
    { name: "users: part of a name", path: (n) => `/users?q=${names[n % names.length]}` },
    { name: "users: two parts of names", path: (n) => `/users?q=${names[n % names.length]}%20user-${some(n) % 100}` },
    { name: "users: part of an email", path: (n) => `/users?q=user-${some(n)}%40bench` },
    { name: "users: a name that nobody has", path: (n) => `/users?q=zzyzx${n}` },
    { name: "users: an id", path: (n) => `/users?q=${user(n)}` },
    { name: "users: a status", path: (n) => `/users?status=${["pending", "active", "disabled"][n % 3]}` },
    { name: "users: not onboarded", path: () => "/users?onboarded=no" },
    { name: "users: in a group", path: (n) => `/users?group=${group(n)}` },
    { name: "users: in a large group, by name", path: () => `/users?group=${known.crowdId}&sort=name` },
    { name: "users: of a directory", path: () => `/users?directory=${known.directoryId}` },
    { name: "users: local", path: () => "/users?directory=local" },
    { name: "user: page", path: (n) => `/users/${user(n)}` },
    { name: "user: sessions", path: (n) => `/users/${user(n)}/sessions` },
    { name: "user: groups", path: (n) => `/users/${user(n)}/groups` },
    { name: "user: groups to add", path: (n) => `/users/${user(n)}/groups/candidates` },
    { name: "user: log", path: (n) => `/events?subject=${user(n)}` },
    { name: "groups: by name", path: () => "/groups" },
    { name: "groups: part of a name", path: (n) => `/groups?q=no.%20${n % 1000}` },
    { name: "group: page", path: (n) => `/groups/${group(n)}` },
    { name: "group: large, members", path: () => `/groups/${known.crowdId}/members` },
    {
      name: "group: large, part of a name",
      path: (n) => `/groups/${known.crowdId}/members?q=${names[n % names.length]}`,
    },
    {
      name: "group: large, one member",
      path: (n) => `/groups/${known.crowdId}/members?q=user-${inCrowd(n)}%40${domain}`,
    },
    { name: "group: large, nobody", path: (n) => `/groups/${known.crowdId}/members?q=zzyzx${n}` },
    { name: "group: people to add", path: () => `/groups/${known.crowdId}/members/candidates` },
    {
      name: "group: people to add, part of a name",
      path: (n) => `/groups/${known.crowdId}/members/candidates?q=${names[n % names.length]}`,
    },
    { name: "log: newest", path: () => "/events" },
    { name: "log: a username", path: (n) => `/events?q=user-${some(n)}%40${domain}` },
    { name: "log: an id", path: (n) => `/events?q=${user(n)}` },
    { name: "log: a directory that did much", path: () => `/events?q=${known.directoryId}` },
    { name: "log: an address", path: (n) => `/events?q=10.${n % 16}.${n % 256}.${(n * 7) % 256}` },
    { name: "log: a kind", path: (n) => `/events?type=${["signin.failed", "user.disabled", "user.updated"][n % 3]}` },
    { name: "log: a kind that never was", path: () => "/events?type=connection" },
    { name: "log: what failed", path: () => "/events?outcome=failure" },
    { name: "log: a time", path: (n) => `/events?after=${daysAgo((n % 60) + 2)}&before=${daysAgo((n % 60) + 1)}` },
    {
      name: "log: what failed at a time",
      path: (n) => `/events?outcome=failure&after=${daysAgo((n % 60) + 2)}&before=${daysAgo((n % 60) + 1)}`,
    },
    { name: "log: somebody at a time", path: (n) => `/events?q=${user(n)}&after=${daysAgo(30)}` },
    { name: "onboarding: list", path: () => "/onboarding" },
    { name: "onboarding: part of a name", path: (n) => `/onboarding?q=${names[n % names.length]}` },
    { name: "onboarding: not invited", path: () => "/onboarding?invitation=uninvited" },
    { name: "onboarding: mail failed", path: () => "/onboarding?invitation=failed" },
    { name: "onboarding: figures", path: (n) => `/onboarding/figures?days=${[7, 30, 90][n % 3]}` },
    { name: "outbox: newest", path: () => "/mails" },
    { name: "outbox: part of an address", path: (n) => `/mails?q=user-${some(n)}%40bench` },
    { name: "roles", path: () => "/roles" },
    { name: "overview", path: (n) => `/overview?days=${[7, 30, 90][n % 3]}` },
  ];
}
