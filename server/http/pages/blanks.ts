import type { PageName, PageViews } from "./page-views.ts";

type OptionalKey<View> = { [Key in keyof View]-?: undefined extends View[Key] ? Key : never }[keyof View];

/**
 * What may be left out of a view, by page, as null: the templates refuse variables that are not there, so that a
 * forgotten one is found, and these are the ones that are not forgotten. The type keeps the list complete.
 */
export const blanks: { [Name in PageName]: Record<OptionalKey<PageViews[Name]>, null> } = {
  "signin-name": { app: null, username: null, resetHref: null, passkey: null },
  "signin-password": { app: null, keep: null, notYouHref: null, resetHref: null, passkey: null },
  "signin-consent": { notYouHref: null },
  "signin-waiting": { tried: null },
  "signin-confirm": { app: null, browser: null, place: null, address: null },
  "signin-answered": {},
  "signin-ended": { app: null, startHref: null },
  "signin-upstream": {},
  "signin-refused": { app: null, accountHref: null, otherAccountHref: null, leave: null, isElsewhere: null },
  "second-factor": { options: null, address: null, trustSeconds: null },
  "factor-enroll": { backHref: null, notYouHref: null },
  "passkey-enroll": { backHref: null, notYouHref: null },
  "email-enroll": { backHref: null, notYouHref: null },
  "recovery-codes": { form: null, continueHref: null },
  "device-limit": {},
  "device-code": { userCode: null },
  "device-confirm": { browser: null, address: null, place: null },
  "device-done": { app: null },
  "signout-confirm": { app: null, account: null },
  "signed-out": { app: null, signinHref: null, upstream: null },
  activate: {},
  "activate-done": { app: null },
  "link-invalid": { again: null, askHref: null, resetHref: null, signinHref: null },
  "reset-request": { username: null },
  "reset-sent": {},
  "reset-password": {},
  "reset-done": {},
  setup: { username: null, displayName: null, email: null },
  "account-home": { deviceLimit: null, csrf: null, done: null, passwordHref: null, consoleHref: null },
  "account-factors": { csrf: null, done: null, consoleHref: null },
  "account-passkey": {},
  "account-profile": { csrf: null, consoleHref: null, usernameFrom: null, directory: null, done: null },
  "account-apps": { csrf: null, consoleHref: null, done: null },
  "account-activity": { csrf: null, consoleHref: null, newerHref: null, olderHref: null },
  "account-password": {},
  "password-change": { notYouHref: null },
  error: { title: null, text: null, requestId: null, backHref: null, backLabel: null },
  "not-found": {},
  "too-many": { backHref: null },
};
