import { describe, expect, test } from "vitest";
import { adminRole } from "#server/permissions/read-role.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { createUser } from "#server/users/create-user.ts";
import type { NewUser } from "#server/users/create-user.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { atServer } from "./support/at-server.ts";
import { expectError, made, person } from "./support/scim-client.ts";

const at = atServer();
let count = 0;

/** A local account, as an administrator makes it. */
async function local(more: Partial<NewUser> = {}): Promise<{ id: UserId; username: string; email: string }> {
  count += 1;
  const username = `local-${count}`;
  const email = `local-${count}@x.example`;
  const resource = { emails: [{ value: email, type: "work", primary: true }], title: "Local title" };
  const id = await at.server.house.work(
    async (work) => await createUser(work, { username, displayName: username, resource, ...more }),
  );
  return { id, username, email };
}

describe("[P4] adoption", () => {
  test("[P4] by username, in any case: the account keeps its id and what the directory leaves out", async () => {
    const client = await at.server.connect({ adopt: "username" });
    const { id, username, email } = await local({ givenName: "Lo", marketingConsent: true });
    const answer = await client.post(
      "/Users",
      person(username.toUpperCase(), { externalId: "x", name: { familyName: "Cal" } }),
    );
    expect([answer.status, answer.body.id]).toEqual([201, id]);
    expect(answer.body).toMatchObject({
      userName: username.toUpperCase(),
      externalId: "x",
      name: { givenName: "Lo", familyName: "Cal" },
      title: "Local title",
      emails: [{ value: email }],
    });
    expect(answer.headers.get("etag")).toBe((await client.get(`/Users/${id}`)).headers.get("etag"));
    expect((await selectUser(at.server.house.db, id))?.marketing_consent).toBe(true);
    const events = await at.server.house.db.rows<{ type: string }>(
      "select type from events where subject_id = $1 and actor_kind = 'directory' order by id",
      [id],
    );
    expect(events.map((event) => event.type).slice(0, 2)).toEqual(["user.adopted", "user.updated"]);
    expectError(await client.post("/Users", person(username)), 409, "uniqueness");
  });

  test("[P4] by email: the account takes the directory's username; two with one email are nobody's", async () => {
    const client = await at.server.connect({ adopt: "email" });
    const { id, email } = await local();
    const sent = person("by-email", { emails: [{ value: email.toUpperCase(), type: "work" }] });
    const answer = await client.post("/Users", sent);
    expect([answer.status, answer.body.id, answer.body.userName]).toEqual([201, id, "by-email"]);
    const [one, two] = [
      await local({ resource: { emails: [{ value: "both@x.example" }] } }),
      await local({ resource: { emails: [{ value: "both@x.example" }] } }),
    ];
    const fresh = await made(client, person("fresh", { emails: [{ value: "both@x.example" }] }));
    expect([one.id, two.id]).not.toContain(fresh);
    // A username alone is no match here.
    expectError(await client.post("/Users", person(one.username)), 409, "uniqueness");
  });

  test("[P4] off by default; and nobody with another role, nor another directory's user, is adopted", async () => {
    const plain = await at.server.connect();
    const { username } = await local();
    expectError(await plain.post("/Users", person(username)), 409, "uniqueness");
    const client = await at.server.connect({ adopt: "username" });
    const admin = await local({ roleId: adminRole });
    expectError(await client.post("/Users", person(admin.username)), 409, "uniqueness");
    expect((await selectUser(at.server.house.db, admin.id))?.directory_id).toBeNull();
    await made(plain, person("of-another"));
    expectError(await client.post("/Users", person("of-another")), 409, "uniqueness");
  });

  test("[P4] of two directories that adopt one account at once, one gets it", async () => {
    const [one, two] = [await at.server.connect({ adopt: "username" }), await at.server.connect({ adopt: "username" })];
    for (let round = 0; round < 5; round += 1) {
      const { username } = await local();
      const answers = await Promise.all([one.post("/Users", person(username)), two.post("/Users", person(username))]);
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 409]);
    }
  });

  test("[P4] a new user of a directory that adopts is made as usual", async () => {
    const client = await at.server.connect({ adopt: "email" });
    await made(client, person("unmatched"));
    await made(client, person("unmatched-2", { emails: [{ value: "new@x.example" }] }));
  });
});
