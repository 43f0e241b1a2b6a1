import { withValues } from "#server/attributes/custom-values.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import type { Work } from "#server/db/work.ts";
import type { House } from "#server/house.ts";
import { inviteUser } from "#server/onboarding/invite-user.ts";
import { acceptHash, preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { readRole } from "#server/permissions/read-role.ts";
import { createUser } from "#server/users/create-user.ts";
import { withPrimary } from "#server/users/emails.ts";
import { UsageError } from "../command.ts";
import type { ShownUser } from "./describe.ts";
import { readAttributeFlags } from "./attribute-flags.ts";
import { readFields } from "./fields.ts";
import type { FieldFlags } from "./fields.ts";
import { showUser } from "./show.ts";

interface CreateFlags extends FieldFlags {
  username: string;
  passwordStdin: boolean;
  temporary: boolean;
  hashed: boolean;
  invite: boolean;
}

/** Where the command works. */
export interface At {
  house: House;
  work<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
}

/** Creates a user from the flags of the command line. @throws user.* password.* role.missing */
export async function createUserFor(at: At, flags: CreateFlags, readInput: () => Promise<string>): Promise<ShownUser> {
  if (flags.temporary && !flags.passwordStdin) throw new UsageError("`--temporary` goes with `--password-stdin`.");
  if (flags.hashed && !flags.passwordStdin) throw new UsageError("`--hashed` goes with `--password-stdin`.");
  if (flags.invite && flags.passwordStdin) throw new UsageError("`--invite` is for an account without a password.");
  const { username, displayName = username, email } = flags;
  const { house, work } = at;
  // Hashing is slow, so it happens before the transaction opens.
  const person = {
    username,
    display_name: displayName,
    given_name: flags.givenName ?? null,
    family_name: flags.familyName ?? null,
    email: email ?? null,
  };
  const input = flags.passwordStdin ? await readInput() : undefined;
  const prepare = async (text: string) =>
    flags.hashed ? acceptHash(text.trim(), "password") : await preparePassword(house.db, text, person);
  const password = input === undefined ? undefined : await prepare(input);
  return await work(async (one) => {
    const attributes = await readAttributes(one.tx);
    const id = await createUser(one, {
      ...readFields(flags),
      custom: withValues(attributes, {}, readAttributeFlags(attributes, flags.attribute)),
      ...(flags.role === undefined ? {} : { roleId: (await readRole(one.tx, flags.role)).id }),
      username,
      displayName,
      resource: email === undefined ? {} : withPrimary({}, "emails", email),
    });
    if (password !== undefined) {
      await setPassword(one, id, password, { isTemporary: flags.temporary, event: "user.passwordSet" });
    }
    if (flags.invite) await inviteUser(one, id);
    return await showUser(one, id);
  });
}
