import type { Queryable } from "#server/db/queryable.ts";
import { enterpriseUserSchema } from "#scim/schema/enterprise-user-schema.ts";

const enterprise = enterpriseUserSchema.id;

/** Groups of ten, of a thousand, and of a hundred thousand where there are as many users. */
export const groupSizes = [10, 1000, 100_000] as const;

/** The domain of everybody's addresses. */
export const domain = "bench.example.com";

export const givenNames =
  "Ada Ben Chloe Dan Emi Femi Gita Hana Ivan Jun Kofi Lena Mei Nils Olga Pau Quinn Rosa Sven Tala"
    .concat(" Uma Vera Wim Xena Yuki Zoe Aiko Bruno Carla Daisuke Elif Farid Greta Haruto Ines Jonas")
    .split(" ");
export const familyNames =
  "Abe Baker Costa Diaz Evans Fujita Garcia Haas Ito Jensen Kimura Lopez Mori Novak Okafor Perez"
    .concat(" Quist Rossi Sato Tanaka Ueda Varga Weber Xu Yamada Zhang Andersson Bauer Cohen Dubois Endo Ferrari")
    .split(" ");
export const departments = "Engineering Sales Support Finance Legal People Marketing Research Logistics Design".split(
  " ",
);

/**
 * Fills a directory: people with what the event log says of them, and groups so that everybody is in one of ten and one
 * of a thousand, and the first hundred thousand are in a large one. All in a few statements; indexes are made again
 * afterwards, which takes a third of the time.
 */
export async function seedPeople(to: Queryable, directoryId: string, users: number): Promise<void> {
  await withoutIndexes(to, ["users", "events", "group_members"], async () => {
    await insertPeople(to, directoryId, users);
    for (const size of groupSizes) await insertGroups(to, directoryId, users, size);
  });
}

// Ids as the server makes them: milliseconds, a counter, chance (RFC 9562 §5.7).
const idOf = (kind: string, n: string, at: string) =>
  `(lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(${n} & 4095), 3, '0') ||
    '8' || left(md5(${kind} || ${n}), 15))::uuid`;

/** Rows of `users` and `events` as POST /Users writes them, numbered from 1. People came one a second until now. */
export async function insertPeople(to: Queryable, directoryId: string, users: number): Promise<void> {
  await to.run(
    `with numbered as materialized (
       select p.*, ${idOf("'user'", "p.n", "p.at")} as id, given || ' ' || family as name, 'external-' || n as external_id
       from (
         select n, date_trunc('second', now()) - ($2 - n) * interval '1 second' as at,
           ($3::text[])[n % cardinality($3::text[]) + 1] as given,
           ($4::text[])[n % cardinality($4::text[]) + 1] as family,
           ($5::text[])[n % cardinality($5::text[]) + 1] as department,
           'user-' || n || '@${domain}' as address
         from generate_series(1, $2::int) n) p
     ), made as (
       insert into users
         (id, username, display_name, given_name, family_name, email, directory_id, external_id, resource, created_at, updated_at)
       select id, address, name, given, family, address, $1::uuid, external_id,
         jsonb_build_object(
           'name', jsonb_build_object('formatted', name),
           'title', 'Specialist ' || n % 100,
           'emails', jsonb_build_array(jsonb_build_object('value', address, 'type', 'work', 'primary', true)),
           'phoneNumbers', jsonb_build_array(
             jsonb_build_object('value', '+81 3 5550 ' || lpad((n % 10000)::text, 4, '0'), 'type', 'work')),
           '${enterprise}', jsonb_build_object('employeeNumber', n::text, 'department', department)),
         at, at
       from numbered
     )
     insert into events (id, at, type, actor_kind, actor_id, actor_name, subject_kind, subject_id, subject_name, details,
       address, request_id)
     select ${idOf("e.type", "p.n", "p.at")}, p.at, e.type, 'directory', d.id, d.name, 'user', p.id, p.name,
       case e.type when 'user.created' then jsonb_build_object('username', p.address, 'email', p.address,
         'externalId', p.external_id, 'roleId', '00000000-0000-7000-8000-000000000002', 'isActive', true) end,
       '127.0.0.1', gen_random_uuid()::text
     from numbered p cross join (values ('user.created'), ('user.activationSent')) e (type)
       cross join (select id::text, name from directories where id = $1::uuid) d`,
    [directoryId, users, givenNames, familyNames, departments],
  );
}

/** Groups of one size, side by side: each takes the people that follow those of the one before. */
async function insertGroups(to: Queryable, directoryId: string, users: number, size: number): Promise<void> {
  // One large group is enough; there are as many small ones as there are people for.
  const groups = size > 1000 ? Math.min(1, Math.floor(users / size)) : Math.floor(users / size);
  await to.run(
    `insert into groups (id, display_name, directory_id, external_id, member_count, created_at, updated_at)
     select ${idOf("'group of ' || $3::int", "n", "now()")}, 'Group of ' || $3::int || ' no. ' || n, $1::uuid,
       'group-' || $3::int || '-' || n, $3::int, date_trunc('second', now()), date_trunc('second', now())
     from generate_series(1, $2::int) n`,
    [directoryId, groups, size],
  );
  // Else the planner takes both for small.
  await to.run("analyze users, groups");
  await to.run(
    `insert into group_members (group_id, user_id)
     select g.id, u.id
     from (select id, substring(username from '^user-([0-9]+)@')::int as n from users where directory_id = $1) u
     join (select id, substring(external_id from '[0-9]+$')::int as n from groups
       where directory_id = $1 and external_id like 'group-' || $2::int || '-%') g on g.n = (u.n - 1) / $2::int + 1`,
    [directoryId, size],
  );
}

/** Indexes that enforce nothing are dropped meanwhile. */
export async function withoutIndexes(
  to: Queryable,
  tables: readonly string[],
  act: () => Promise<void>,
): Promise<void> {
  const indexes = await to.rows<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = any($1::text[]::regclass[]) and not i.indisprimary and not i.indisunique and not c.relispartition`,
    [tables],
  );
  for (const { name } of indexes) await to.run(`drop index ${name}`);
  await act();
  // That of a partitioned table is printed with ONLY, which leaves its partitions without.
  for (const { definition } of indexes) await to.run(definition.replace(" ON ONLY ", " ON "));
}
