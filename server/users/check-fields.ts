import { failure } from "../contract/failure.ts";
import type { Settings } from "../settings/definitions.ts";

// U7: letters, digits and these marks. Letters of ASCII only: look-alikes of other scripts would be other accounts.
const usernamePattern = /^[A-Za-z0-9@!#$%&*+\-/=?^_{|}~.`]+$/;

// One @, no spaces or control characters, a dot-separated domain or a bare host; the mail itself is the real test.
const emailPattern = /^[^\s@<>"(),:;[\]\\\p{Cc}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,251}[\p{L}\p{N}])?$/u;

// As people write numbers, or as RFC 3966 does, which is what RFC 7643 §4.1.2 recommends.
const phonePattern = /^(?:tel:)?\+?[\d\s().\-/]{3,40}(?:(?:ext|x|;ext=)\.?\s?\d{1,8})?$/i;

/**
 * Checks a username (U7).
 *
 * @throws user.nameInvalid user.nameTooShort user.nameTooLong
 */
export function checkUsername(username: string, settings: Settings, field = "username"): void {
  if (!usernamePattern.test(username)) throw failure("user.nameInvalid", { field });
  const [least, most] = [settings["usernames.minLength"], settings["usernames.maxLength"]];
  if (username.length < least) {
    throw failure("user.nameTooShort", {
      field,
      says: `Has ${username.length} characters; at least ${least} are needed.`,
      data: { least },
    });
  }
  if (username.length > most) {
    throw failure("user.nameTooLong", {
      field,
      says: `Has ${username.length} characters; at most ${most} are allowed.`,
      data: { most },
    });
  }
}

/**
 * Checks a display name.
 *
 * @throws user.displayNameMissing user.displayNameTooLong
 */
export function checkDisplayName(displayName: string, settings: Settings, field = "displayName"): void {
  if (displayName.trim() === "") throw failure("user.displayNameMissing", { field });
  const most = settings["displayNames.maxLength"];
  const length = [...displayName].length;
  if (length > most) {
    throw failure("user.displayNameTooLong", {
      field,
      says: `Has ${length} characters; at most ${most} are allowed.`,
      data: { most },
    });
  }
}

/** @throws user.emailInvalid */
export function checkEmail(email: string, field = "email"): void {
  if (email.length > 254 || !emailPattern.test(email)) throw failure("user.emailInvalid", { field });
}

/** @throws user.phoneInvalid */
export function checkPhone(phone: string, field = "phone"): void {
  if (!phonePattern.test(phone)) throw failure("user.phoneInvalid", { field });
}

/** @throws user.localeInvalid a tag that is not one of BCP 47 */
export function checkLocale(locale: string, field = "locale"): void {
  try {
    // Directories also write en_US.
    Intl.getCanonicalLocales(locale.replace("_", "-"));
  } catch (cause) {
    throw failure("user.localeInvalid", { field, cause });
  }
}

// Making a formatter takes longer than the rest of a user's checks; there are some 600 zones and aliases.
const knownZones = new Set<string>();

/** @throws user.timeZoneInvalid a name that the IANA database lacks */
export function checkTimeZone(timeZone: string, field = "timeZone"): void {
  if (knownZones.has(timeZone)) return;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    if (knownZones.size < 2000) knownZones.add(timeZone);
  } catch (cause) {
    throw failure("user.timeZoneInvalid", { field, cause });
  }
}
