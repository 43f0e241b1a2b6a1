import pg from "pg";
import { expect, test } from "vitest";
import { freshDatabase } from "#test/support/database.ts";

test("each test has a migrated database of its own", async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  const client = new pg.Client(one.connection);
  await client.connect();
  await client.query("create table only_here ()");
  const migrated = await client.query("select from migrations");
  expect(migrated.rowCount).toBeGreaterThan(0);
  await client.end();
  expect(other.connection).not.toEqual(one.connection);
  await Promise.all([one.drop(), other.drop()]);
});
