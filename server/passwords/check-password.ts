import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";
import { failure } from "../contract/failure.ts";
import type { Settings } from "../settings/definitions.ts";
import { normal } from "./hash.ts";

/** Longer ones are refused, not cut: argon2 would take them, but a megabyte of password is only a way to burn cores. */
export const mostCharacters = 256;

// Guesses that an attacker at a throttled door needs; below 10^6 zxcvbn calls a password very guessable (score 0-1).
const leastScore = 2;

let estimator: ZxcvbnFactory | undefined;

/** Words of the account that must not be in its password. */
export interface PersonalWords {
  username: string | null;
  displayName: string;
  givenName?: string | null;
  familyName?: string | null;
  email?: string | null;
}

/**
 * Checks a password that someone wants to set (U8; NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2).
 *
 * @throws password.tooShort password.tooLong password.classMissing password.personal password.common
 */
export function checkPassword(password: string, personal: PersonalWords, settings: Settings, field = "password"): void {
  const text = normal(password);
  const length = [...text].length;
  const least = settings["passwords.minLength"];
  if (length < least) {
    throw failure("password.tooShort", {
      field,
      says: `Has ${length} characters; at least ${least} are needed.`,
      data: { length, least },
    });
  }
  if (length > mostCharacters) throw failure("password.tooLong", { field, data: { most: mostCharacters } });
  requireClasses(text, settings, field);
  const words = personalWords(personal, settings["organization.name"]);
  const lower = text.toLowerCase();
  if (words.some((word) => lower.includes(word))) throw failure("password.personal", { field });
  estimator ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  // The estimate's cost grows with the square of the length; what is long and not in the first 64 is not common.
  if (estimator.check(text.slice(0, 64), words).score < leastScore) throw failure("password.common", { field });
}

function requireClasses(text: string, settings: Settings, field: string): void {
  const classes = [
    ["passwords.requireLower", /\p{Ll}/u, "a lower case letter"],
    ["passwords.requireUpper", /\p{Lu}/u, "an upper case letter"],
    ["passwords.requireDigit", /\p{Nd}/u, "a digit"],
    ["passwords.requireSymbol", /[^\p{L}\p{N}\s]/u, "a symbol"],
  ] as const;
  for (const [setting, pattern, name] of classes) {
    if (settings[setting] && !pattern.test(text)) {
      throw failure("password.classMissing", {
        field,
        says: `${name[0]?.toUpperCase()}${name.slice(1)} is needed.`,
        data: { class: setting },
      });
    }
  }
}

/** Names of four letters or more; shorter ones are in too many good passwords by accident. */
function personalWords(personal: PersonalWords, organization: string): string[] {
  const local = personal.email?.split("@")[0];
  const texts = [
    personal.username,
    personal.username?.split("@")[0],
    personal.email,
    local,
    personal.givenName,
    personal.familyName,
    personal.displayName,
    organization,
  ];
  const words = texts.flatMap((text) => (text == null ? [] : [text, ...text.split(/[\s.@_-]+/)]));
  return [...new Set(words.map((word) => normal(word).toLowerCase()))].filter((word) => [...word].length >= 4);
}
