import type { AttributeSet, OwnAttribute } from "../attributes/attribute-set.ts";
import { fieldOf, readValues, requireAttribute, withValues } from "../attributes/custom-values.ts";
import type { Custom } from "../attributes/custom-values.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import { typedValue } from "../attributes/typed-values.ts";
import { failure } from "../contract/failure.ts";
import { noteUsernameChange, selectUsernameChange } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { Settings } from "../settings/definitions.ts";
import { withPrimary } from "./emails.ts";
import { updateUser } from "./update-user.ts";
import type { UserChange } from "./update-user.ts";

/** What people may say about themselves. What is left out stays; an empty text clears what may be empty. */
export interface ProfileChange {
  username?: string;
  displayName?: string;
  givenName?: string;
  familyName?: string;
  phone?: string;
  locale?: string;
  timeZone?: string;
  marketingConsent?: boolean;
  /** Attributes of the organization by name, as they were typed. */
  attributes?: Record<string, string>;
}

/** Fields that somebody may edit of themselves, by the settings and by who owns the account. */
export interface EditableProfile {
  username: boolean;
  /** Display name, first and last name. */
  name: boolean;
  phone: boolean;
  /** The username stays until then. */
  usernameFrom: Date | null;
}

const dayMs = 86_400_000;

/**
 * What a user may edit of themselves (S8). What a directory provides it would only overwrite, so it stays.
 *
 * @param now the cool-down between two changes of the username is worked out from it (U7)
 */
export async function editableProfile(
  work: Pick<Work, "tx">,
  user: Pick<UserRow, "id" | "directory_id">,
  now: Date,
): Promise<EditableProfile> {
  const settings = await readSettings(work.tx);
  const isOwn = user.directory_id === null;
  const from = await coolDownEnd(work, user.id, settings);
  return {
    username: isOwn && settings["profile.username"],
    name: isOwn && settings["profile.name"],
    phone: isOwn && settings["profile.phone"],
    usernameFrom: from !== null && from > now ? from : null,
  };
}

/**
 * Changes the own profile. A new username or display name signs the person out everywhere (U5).
 *
 * @throws access.denied       the organization does not let people edit a field that differs
 * @throws user.nameTooSoon    the username was changed a short time ago
 * @throws attribute.*         a value of an attribute does not fit, or somebody else has it
 * @throws user.*              what the rules of a field say
 */
export async function editProfile(work: Work, userId: UserId, change: ProfileChange): Promise<UserRow> {
  const { username } = change;
  let renamed = false;
  const editable = async (user: UserRow) => await editableProfile(work, user, work.now);
  const after = await updateUser(
    work,
    userId,
    async (user) => {
      const may = await editable(user);
      renamed = username !== undefined && username !== user.username;
      if (renamed && may.username && may.usernameFrom !== null) {
        throw failure("user.nameTooSoon", {
          field: "username",
          data: { seconds: Math.ceil((may.usernameFrom.getTime() - work.now.getTime()) / 1000) },
        });
      }
      const attributes = change.attributes ?? {};
      const hasAttributes = Object.keys(attributes).length > 0;
      return {
        ...allowed(user, change, may),
        ...(hasAttributes ? { custom: allowedValues(await readAttributes(work.tx), user, attributes) } : {}),
      };
    },
    "user.editOwn",
  );
  if (renamed) await noteUsernameChange(work.tx, userId, work.now);
  return after;
}

/**
 * Whether somebody may edit their own value of an attribute (U17). What a directory writes of its people it would only
 * overwrite.
 */
export function mayEditOwn({ row }: OwnAttribute, user: Pick<UserRow, "directory_id">): boolean {
  return row.is_editable && (user.directory_id === null || row.scim !== "readWrite");
}

/** @throws access.denied attribute.unknown attribute.valueInvalid */
function allowedValues(set: AttributeSet, user: UserRow, typed: Record<string, string>): Custom {
  const values = Object.entries(typed).map(([name, text]): [string, unknown] => {
    const attribute = requireAttribute(set, name, fieldOf(name));
    if (!mayEditOwn(attribute, user)) throw failure("access.denied");
    return [name, typedValue(attribute, text)];
  });
  return withValues(set, user.custom, readValues(set, Object.fromEntries(values)));
}

/** The change as a command for the user. @throws access.denied */
function allowed(user: UserRow, change: ProfileChange, may: EditableProfile): UserChange {
  const { username, displayName, givenName, familyName, phone, locale, timeZone, marketingConsent } = change;
  const isLocked =
    (username !== undefined && !may.username) ||
    ((displayName !== undefined || givenName !== undefined || familyName !== undefined) && !may.name) ||
    (phone !== undefined && !may.phone);
  if (isLocked) throw failure("access.denied");
  return {
    ...(username === undefined ? {} : { username }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(givenName === undefined ? {} : { givenName: givenName || null }),
    ...(familyName === undefined ? {} : { familyName: familyName || null }),
    ...(locale === undefined ? {} : { locale: locale || null }),
    ...(timeZone === undefined ? {} : { timeZone: timeZone || null }),
    ...(marketingConsent === undefined ? {} : { marketingConsent }),
    ...(phone === undefined ? {} : { resource: withPrimary(user.resource, "phoneNumbers", phone || null) }),
  };
}

async function coolDownEnd(work: Pick<Work, "tx">, userId: UserId, settings: Settings): Promise<Date | null> {
  const days = settings["usernames.coolDownDays"];
  const changedAt = days === 0 ? null : await selectUsernameChange(work.tx, userId);
  return changedAt === null ? null : new Date(changedAt.getTime() + days * dayMs);
}
