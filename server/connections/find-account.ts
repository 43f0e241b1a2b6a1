import { failure } from "../contract/failure.ts";
import { noteIdentityUse, selectIdentityUser, selectUsersByEmail } from "../db/sql/connections.ts";
import type { ConnectionRow } from "../db/sql/connections.ts";
import { lockUser, saveUser, selectUserByUsername } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import { trusted } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { createUser } from "../users/create-user.ts";
import { withPrimary } from "../users/emails.ts";
import { addIdentity } from "./identities.ts";
import type { UpstreamPerson } from "./upstream.ts";

/**
 * The account of somebody who signed in upstream, locked (S5). Once linked, the subject decides and nothing else; the
 * first time, the connection's rule finds the account, or makes one where it may.
 *
 * @throws signin.unlinked signin.ssoOff
 * @throws user.* the account cannot be made: the name is taken, the seats are
 */
export async function findAccount(work: Work, connection: ConnectionRow, person: UpstreamPerson): Promise<UserRow> {
  const linked = await selectIdentityUser(work.tx, connection.id, person.subject);
  const user = linked === undefined ? await firstAccount(work, connection, person) : await lockUser(work.tx, linked);
  if (user === undefined) throw failure("signin.unlinked");
  if (!user.allows_sso) throw failure("signin.ssoOff");
  await noteIdentityUse(work.tx, connection.id, person.subject, work.now);
  // Whoever can sign in is onboarded, however it came about.
  if (user.onboarded_at !== null || user.disabled_at !== null) return user;
  const onboarded = { ...user, onboarded_at: work.now };
  await saveUser(work.tx, onboarded, work.now);
  return (await lockUser(work.tx, user.id)) ?? onboarded;
}

async function firstAccount(
  work: Work,
  connection: ConnectionRow,
  person: UpstreamPerson,
): Promise<UserRow | undefined> {
  const match = await matching(work, connection, person);
  if (match !== undefined) {
    const user = await lockUser(work.tx, match.id);
    // A provider upstream must not be a way to the permissions of an administrator, nor into an account whose owner
    // is to come through another link or by the password alone.
    if (user === undefined || user.role_permissions.length > 0 || !user.allows_sso) return undefined;
    await addIdentity(work, user, connection, person.subject, match.how);
    return user;
  }
  if (!connection.creates_users) return undefined;
  const id = await create(work, connection, person);
  const user = await lockUser(work.tx, id);
  if (user !== undefined) await addIdentity(work, user, connection, person.subject, "created");
  return user;
}

async function matching(
  work: Work,
  connection: ConnectionRow,
  person: UpstreamPerson,
): Promise<{ id: UserId; how: "email" | "username" } | undefined> {
  if (connection.match === "email" && person.email !== null && person.isEmailVerified) {
    const [id, second] = await selectUsersByEmail(work.tx, person.email);
    return id === undefined || second !== undefined ? undefined : { id, how: "email" };
  }
  if (connection.match === "username" && person.username !== null) {
    const user = await selectUserByUsername(work.tx, person.username);
    return user === undefined ? undefined : { id: user.id, how: "username" };
  }
  return undefined;
}

/** Makes an account from what the provider says. An email that nobody verified is not taken for the person's. */
async function create(work: Work, connection: ConnectionRow, person: UpstreamPerson): Promise<UserId> {
  const email = person.isEmailVerified ? person.email : null;
  const username = person.username ?? email;
  if (username === null) throw failure("signin.unlinked");
  const house: Work = { ...work, actor: { ...work.actor, ...trusted("system", connection.name) } };
  return await createUser(house, {
    username,
    displayName: person.name ?? username,
    givenName: person.givenName,
    familyName: person.familyName,
    resource: withPrimary({}, "emails", email),
  });
}
