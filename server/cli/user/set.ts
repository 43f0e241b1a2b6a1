import { withValues } from "#server/attributes/custom-values.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import { factorKinds, factorRules, protectionSwitches } from "#server/contract/users.ts";
import type { FactorRule, ProtectionSwitch } from "#server/contract/users.ts";
import { chooseDefault } from "#server/factors/remove-factors.ts";
import { expirePassword } from "#server/passwords/expire-password.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { readRole } from "#server/permissions/read-role.ts";
import { endSessions } from "#server/sessions/end-sessions.ts";
import { withPrimary } from "#server/users/emails.ts";
import { readUser, resolveUser } from "#server/users/read-user.ts";
import { updateUser } from "#server/users/update-user.ts";
import { UsageError } from "../command.ts";
import type { At } from "./create.ts";
import type { ShownUser } from "./describe.ts";
import { readAttributeFlags } from "./attribute-flags.ts";
import { readFields } from "./fields.ts";
import type { FieldFlags } from "./fields.ts";
import { showUser } from "./show.ts";

interface SetFlags extends FieldFlags {
  username: string | undefined;
  passwordStdin: boolean;
  temporary: boolean;
  deviceLimit: string | undefined;
  factor: string | undefined;
  passwordExpires: string | undefined;
  protection: string | undefined;
  defaultFactor: string | undefined;
}

/**
 * Changes a user by the flags of the command line. A new password ends every session, as a reset does.
 *
 * @throws user.* password.* role.missing
 */
export async function changeUserFor(
  at: At,
  named: string,
  flags: SetFlags,
  readInput: () => Promise<string>,
): Promise<ShownUser> {
  if (flags.temporary && !flags.passwordStdin) throw new UsageError("`--temporary` goes with `--password-stdin`.");
  const password = flags.passwordStdin ? await prepare(at, named, await readInput()) : undefined;
  return await at.work(async (work) => {
    const id = await resolveUser(work, named);
    const { username, displayName, email, role, deviceLimit, factor, defaultFactor, protection } = flags;
    const roleId = role === undefined ? undefined : (await readRole(work.tx, role)).id;
    const attributes = await readAttributes(work.tx);
    const values = readAttributeFlags(attributes, flags.attribute);
    await updateUser(work, id, (user) => ({
      ...readFields(flags),
      ...(flags.attribute === undefined ? {} : { custom: withValues(attributes, user.custom, values) }),
      ...(username === undefined ? {} : { username }),
      ...(displayName === undefined ? {} : { displayName }),
      ...(deviceLimit === undefined ? {} : { deviceLimit: readLimit(deviceLimit) }),
      ...(factor === undefined ? {} : { factorRule: readRule(factor) }),
      ...(protection === undefined ? {} : { protection: readSwitch(protection) }),
      ...(roleId === undefined ? {} : { roleId }),
      ...(email === undefined ? {} : { resource: withPrimary(user.resource, "emails", email || null) }),
    }));
    if (defaultFactor !== undefined) {
      await chooseDefault(work, id, factorKinds.find((one) => one === defaultFactor) ?? null);
    }
    if (password !== undefined) {
      await setPassword(work, id, password, { isTemporary: flags.temporary, event: "user.passwordSet" });
      await endSessions(work, id, "passwordChanged");
    }
    if (flags.passwordExpires !== undefined) await expirePassword(work, id, readTime(flags.passwordExpires));
    return await showUser(work, id);
  });
}

/** Null for never. */
function readTime(text: string): Date | null {
  if (text === "never") return null;
  const isIso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  const at = new Date(isIso ? text : NaN);
  if (Number.isNaN(at.getTime())) {
    throw new UsageError("`--password-expires` is a time such as 2030-01-31 or 2030-01-31T17:00:00Z, or `never`.");
  }
  return at;
}

/** Null for the default of the organization. */
function readLimit(text: string): number | null {
  if (text === "default") return null;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (!(limit <= 1000)) throw new UsageError("`--device-limit` is a number up to 1000, or `default`.");
  return limit;
}

/** Null for the policy of the organization. */
function readRule(text: string): FactorRule | null {
  const rule = factorRules.find((one) => one === text);
  if (rule === undefined && text !== "default") {
    throw new UsageError(`\`--factor\` is one of ${factorRules.join(", ")}, default.`);
  }
  return rule ?? null;
}

/** Null for the switch of the organization. */
function readSwitch(text: string): ProtectionSwitch | null {
  const found = protectionSwitches.find((one) => one === text);
  if (found === undefined && text !== "default") throw new UsageError("`--protection` is on, off or default.");
  return found ?? null;
}

async function prepare(at: At, named: string, password: string) {
  const { user } = await at.work(async (work) => await readUser(work, await resolveUser(work, named)));
  return await preparePassword(at.house.db, password, user);
}
