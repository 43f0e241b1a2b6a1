import type { Locale } from "../../kernel/words/locale.ts";
import type { Form, PageFrame, PageViews, PasswordRules } from "./page-views.ts";

/**
 * A full view of every page, for tests and for looking at the pages.
 *
 * @param say turns each text that comes from people or apps into what is shown; tests put hostile texts here
 * @param errors whether forms come back with errors
 */
export function sampleViews(say: (text: string) => string = (text) => text, errors = false): PageViews {
  const username = say("haruka.tanabe@example.com");
  const app = { name: say("Field Notes"), href: "https://notes.example.com/" };
  const form = (action: string, ...wrong: [field: string, text: string][]): Form => ({
    action,
    csrf: say("csrf-1"),
    hidden: [{ name: "token", value: say("token-1") }],
    errors: errors ? wrong.map(([field, text]) => ({ field, text: say(text) })) : [],
  });
  const tooShort: [string, string] = ["new_password", "Has 6 characters; at least 12 are needed."];
  const rules: PasswordRules = {
    minLength: 12,
    classes: ["lower", "upper", "digit"],
    personal: [say("haruka"), say("tanabe")],
    common: true,
    history: 5,
  };
  const passkey = { form: form("/signin/abc/passkey"), options: JSON.stringify({ challenge: say("AAAA") }) };
  const others = [
    { way: "totp" as const, href: "/signin/abc?way=totp" },
    { way: "recovery" as const, href: "/signin/abc?way=recovery" },
  ];
  const frame = {
    clock: { timeZone: "Asia/Tokyo", now: new Date("2026-11-22T07:00:00Z") },
    csrf: say("csrf-1"),
    homeHref: "/account/",
    signoutAction: "/account/sign-out",
    consoleHref: "/admin/",
  };
  return {
    "signin-name": {
      form: form("/signin/name", ["username", "Type your username or email."]),
      app,
      username: errors ? username : "",
      resetHref: "/reset",
      passkey,
      connections: [{ name: say("Example Works single sign-on"), href: "/signin/sso/1" }],
    },
    "signin-password": {
      form: form("/signin/password", ["password", "Username or password is not right."]),
      app,
      username,
      again: false,
      keep: true,
      notYouHref: "/signin/name",
      resetHref: "/reset",
      ...(errors ? {} : { passkey }),
    },
    "signin-consent": {
      form: form("/signin/consent"),
      app: {
        name: app.name,
        privacyUrl: "https://notes.example.com/privacy",
        termsUrl: "https://notes.example.com/terms",
      },
      account: username,
      scopes: [
        { name: "openid" },
        { name: "profile" },
        { name: "email" },
        { name: "offline_access" },
        { name: say("notes.read"), description: say("Read your notes") },
        { name: say("notes.write") },
      ],
      notYouHref: "/signin/name",
    },
    "signin-waiting": {
      form: form("/signin/abc/confirm"),
      account: username,
      email: say("h•••@example.com"),
      news: ["device", "network", "place"],
      ttlSeconds: 540,
      tried: errors ? "continue" : undefined,
      continueHref: "/signin/abc?checked=1",
      stateHref: "/signin/abc/waiting",
      notYouHref: "/signin/abc?other=1",
    },
    "signin-confirm": {
      form: form("/signin/confirm/abc"),
      account: username,
      at: new Date("2026-11-22T06:56:00Z"),
      app,
      browser: say("Firefox on Windows"),
      place: say("Osaka, Japan"),
      address: say("203.0.113.x"),
      clock: { timeZone: "Asia/Tokyo", now: new Date("2026-11-22T07:00:00Z") },
    },
    "signin-answered": { answer: errors ? "no" : "yes", resetHref: "/reset" },
    "signin-ended": { reason: "expired", app },
    "signin-upstream": {
      connection: { name: say("Example Works") },
      href: "/signin/abc/sso/1",
      otherAccountHref: "/signin/abc",
    },
    "signin-refused": {
      reason: "noAccess",
      app,
      account: username,
      accountHref: "/account/",
      otherAccountHref: "/signin/name",
      leave: form("/signin/abc/leave"),
    },
    "device-code": {
      form: form("/oauth/device/code", ["user_code", "This code is not right."]),
      userCode: "BCDF-GHJK",
    },
    "device-confirm": {
      form: form("/oauth/device/code"),
      app,
      userCode: "BCDF-GHJK",
      at: new Date("2026-11-22T09:30:00Z"),
      browser: "Firefox on Linux",
      address: "203.0.113.7",
      place: "Osaka, Japan",
      clock: { timeZone: "Asia/Tokyo", now: new Date("2026-11-22T07:00:00Z") },
    },
    "device-done": { app },
    "second-factor": {
      form: form("/signin/abc/factor", ["code", "This code is not right."]),
      account: username,
      way: errors ? "email" : "passkey",
      ...(errors ? { address: "h•••@example.com" } : { options: passkey.options }),
      isMailed: errors,
      notYouHref: "/signin/abc?other=1",
      others,
    },
    "factor-enroll": {
      form: form("/signin/abc/enroll", ["code", "This code is not right."]),
      account: username,
      isRequired: !errors,
      secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
      qr: "data:image/svg+xml;base64,PHN2Zy8+",
      others: errors ? [] : [{ way: "email", href: "/signin/abc?way=email" }],
      ...(errors ? { backHref: "/account/factors" } : { notYouHref: "/signin/abc?other=1" }),
    },
    "passkey-enroll": {
      form: form("/account/factors/passkey", ["name", "A name of up to 60 characters is needed."]),
      account: username,
      isRequired: errors,
      name: say("Firefox on Windows"),
      options: passkey.options,
      others: errors ? others : [],
      ...(errors ? {} : { backHref: "/account/factors" }),
    },
    "email-enroll": {
      form: form("/account/factors/email", ["code", "This code is not right."]),
      account: username,
      isRequired: errors,
      address: say("haruka.tanabe@example.com"),
      isMailed: errors,
      others: errors ? others : [],
      ...(errors ? {} : { backHref: "/account/factors" }),
    },
    "recovery-codes": errors
      ? { codes: [], form: form("/signin/abc/codes") }
      : { codes: ["0123-4567-89ab-cdef", "ghjk-mnpq-rstv-wxyz"], continueHref: "/account/" },
    "device-limit": {
      form: form("/signin/abc/device", ["", "That device is gone."]),
      account: username,
      mayRemove: !errors,
      limit: 2,
      count: 2,
      devices: [
        {
          id: "019386b2-7c1a-7d4e-9f00-000000000001",
          name: say("Firefox on Windows"),
          isPhone: false,
          address: "203.0.113.24",
          activeAt: new Date("2026-11-22T06:59:58Z"),
        },
        {
          id: "019386b2-7c1a-7d4e-9f00-000000000002",
          name: "",
          isPhone: true,
          activeAt: new Date("2026-07-21T12:05:00Z"),
        },
      ],
      clock: { timeZone: "Asia/Tokyo", now: new Date("2026-11-22T07:00:00Z") },
      otherAccountHref: "/signin/abc?other=1",
    },
    "signout-confirm": { form: form("/oauth/logout/confirm"), app, account: username },
    "signed-out": {
      app,
      signinHref: "/account/",
      upstream: { name: say("Example Works"), href: "https://login.example.com/logout" },
    },
    activate: { form: form("/activate", tooShort), name: say("田辺 遥"), username, rules },
    "activate-done": { username, continueHref: "/account/", app },
    "link-invalid": {
      kind: "activation",
      reason: "expired",
      again: form("/activate/again"),
      askHref: "/reset",
      signinHref: "/account/",
    },
    "reset-request": {
      form: form("/reset", ["username", "Type your username or email."]),
      username: errors ? username : "",
      signinHref: "/account/",
    },
    "reset-sent": { account: username, ttlSeconds: 1800, again: form("/reset"), signinHref: "/account/" },
    "reset-password": { form: form("/reset/set", tooShort), username, rules },
    "reset-done": { signinHref: "/account/" },
    setup: {
      form: form(
        "/setup",
        ["username", "A username may have letters, digits and some signs."],
        ["email", "This is not an email address."],
        tooShort,
      ),
      username: errors ? say("ada lovelace") : "",
      displayName: errors ? say("Ada Lovelace") : "",
      email: errors ? say("ada@") : "",
      rules: { ...rules, personal: [], classes: [], history: 0 },
    },
    "account-home": {
      person: {
        id: "019386b2-7c1a-7d4e-9f00-0123456789ab",
        username,
        displayName: say("田辺 遥"),
        email: username,
        groups: [say("Design"), say("Osaka office")],
        locale: "en-GB",
        createdAt: new Date("2025-03-12T01:00:00Z"),
        passwordAt: new Date("2026-08-03T01:00:00Z"),
        directory: say("Example HR"),
        isBlocked: errors,
      },
      sessions: [
        {
          browser: say("Firefox on Windows"),
          isPhone: false,
          isCurrent: true,
          apps: [say("Field Notes"), say("Ledger")],
          address: "203.0.113.24",
          startedAt: new Date("2026-11-22T00:12:00Z"),
          activeAt: new Date("2026-11-22T06:59:58Z"),
          endAction: "/account/sessions/1/end",
        },
        {
          browser: say("Safari on iPhone"),
          isPhone: true,
          isCurrent: false,
          apps: [],
          startedAt: new Date("2026-11-20T09:40:00Z"),
          activeAt: new Date("2026-11-21T12:05:00Z"),
          endAction: "/account/sessions/2/end",
        },
      ],
      devices: [
        {
          name: say("Firefox on Windows"),
          isPhone: false,
          isCurrent: true,
          address: "203.0.113.24",
          activeAt: new Date("2026-11-22T06:59:58Z"),
          registeredAt: new Date("2026-04-02T09:40:00Z"),
          place: say("Osaka, Japan"),
          trustedUntil: new Date("2026-12-22T07:00:00Z"),
          distrustAction: "/account/devices/1/distrust",
          removeAction: "/account/devices/1/remove",
        },
        {
          name: "",
          isPhone: true,
          isCurrent: false,
          activeAt: new Date("2026-11-21T12:05:00Z"),
          registeredAt: new Date("2026-05-17T09:40:00Z"),
          distrustAction: "/account/devices/2/distrust",
          removeAction: "/account/devices/2/remove",
        },
      ],
      factors: errors
        ? { kinds: [], codesLeft: 0, isFew: false, mayEnroll: true, href: "/account/factors" }
        : { kinds: ["passkey", "totp"], codesLeft: 2, isFew: true, mayEnroll: true, href: "/account/factors" },
      deviceLimit: 5,
      clock: { timeZone: "Asia/Tokyo", now: new Date("2026-11-22T07:00:00Z") },
      csrf: say("csrf-1"),
      done: "passwordChanged",
      homeHref: "/account/",
      passwordHref: "/account/password",
      signoutAction: "/account/signout",
      endOthersAction: "/account/sessions/end-others",
      consoleHref: "/admin/",
    },
    "account-factors": {
      level: errors ? "required" : "optional",
      factors: errors
        ? []
        : [
            {
              kind: "passkey",
              name: say("Work laptop"),
              isDefault: true,
              mayBeDefault: false,
              isBackedUp: true,
              createdAt: new Date("2025-03-12T01:00:00Z"),
              usedAt: new Date("2026-11-22T05:00:00Z"),
              defaultAction: "/account/factors/default",
              removeAction: "/account/factors/passkeys/1/remove",
              renameHref: "/account/factors/passkeys/1",
            },
            {
              kind: "email",
              name: say("haruka.tanabe@example.com"),
              isDefault: false,
              mayBeDefault: true,
              isBackedUp: false,
              createdAt: new Date("2025-03-12T01:00:00Z"),
              usedAt: new Date("2026-11-22T05:00:00Z"),
              defaultAction: "/account/factors/default",
              removeAction: "/account/factors/email/remove",
              renameHref: null,
            },
          ],
      codes: errors ? null : { left: 2, isFew: true, renewAction: "/account/factors/codes" },
      add: [
        { kind: "passkey", href: "/account/factors/passkey" },
        { kind: "totp", href: "/account/factors/add" },
      ],
      person: { locale: "en-GB" },
      clock: { timeZone: "Asia/Tokyo", now: new Date("2026-11-22T07:00:00Z") },
      csrf: say("csrf-1"),
      done: "added",
      homeHref: "/account/",
      signoutAction: "/account/sign-out",
      ...(errors ? {} : { consoleHref: "/admin/" }),
    },
    "account-passkey": {
      form: form("/account/factors/passkeys/1", ["name", "A name of up to 60 characters is needed."]),
      name: say("Work laptop"),
      backHref: "/account/factors",
    },
    "account-profile": {
      ...frame,
      form: form("/account/profile", ["username", "Another account has this username."]),
      fields: [
        { name: "username", type: "text", value: username, autocomplete: "username", isNeeded: true, mayEdit: true },
        {
          name: "display_name",
          type: "text",
          value: say("田辺 遥"),
          autocomplete: "nickname",
          isNeeded: true,
          mayEdit: true,
        },
        { name: "email", type: "email", value: username, autocomplete: "email", isNeeded: false, mayEdit: false },
      ],
      attributes: [
        {
          name: "attributes.desk",
          label: say("Desk"),
          hint: say("Number on the desk"),
          kind: "text",
          value: say("D-7"),
          choices: [],
          isNeeded: true,
          mayEdit: true,
        },
        {
          name: "attributes.colours",
          label: say("Colours"),
          hint: "",
          kind: "boxes",
          value: say("Red"),
          choices: [{ value: say("Red"), label: say("Red"), isChosen: true }],
          isNeeded: false,
          mayEdit: true,
        },
      ],
      usernameFrom: new Date("2026-12-22T07:00:00Z"),
      locales: [
        { value: "en", name: "English", isChosen: false },
        { value: "ja", name: "日本語", isChosen: true },
      ],
      timeZones: ["Asia/Tokyo", "Europe/Berlin"],
      timeZone: "Asia/Tokyo",
      marketing: true,
      directory: say("Okta"),
      dataHref: "/account/data.json",
      done: true,
    },
    "account-apps": {
      ...frame,
      apps: [
        {
          name: app.name,
          isThirdParty: true,
          scopes: ["profile", "email"],
          firstAt: new Date("2026-11-01T07:00:00Z"),
          lastAt: new Date("2026-11-22T06:00:00Z"),
          revokeAction: "/account/apps/1/revoke",
        },
      ],
      done: true,
    },
    "account-activity": {
      ...frame,
      events: [
        {
          type: "signin.failed",
          at: new Date("2026-11-22T06:00:00Z"),
          iso: "2026-11-22T06:00:00.000Z",
          isFailure: true,
          app: app.name,
          browser: say("Firefox on Windows"),
          place: say("Osaka, Japan"),
          address: "203.0.113.24",
        },
        {
          type: "user.updated",
          at: new Date("2026-11-21T06:00:00Z"),
          iso: "2026-11-21T06:00:00.000Z",
          isFailure: false,
          by: "directory",
        },
      ],
      newerHref: "/account/activity?cursor=a",
      olderHref: "/account/activity?cursor=b",
    },
    "account-password": {
      form: form("/account/password", ["current_password", "The current password is not right."], tooShort),
      username,
      rules,
      backHref: "/account/",
    },
    "password-change": {
      form: form("/signin/new-password", tooShort),
      reason: "temporary",
      username,
      rules,
      notYouHref: "/signin/name",
    },
    error: { requestId: "019386b2-7c1a-7d4e-9f00-0123456789ab", backHref: "/account/" },
    "not-found": { homeHref: "/account/" },
    "too-many": { waitSeconds: 300, backHref: "/account/" },
  };
}

/** A frame to go with the views. */
export function sampleFrame(locale: Locale, say: (text: string) => string = (text) => text): PageFrame {
  return {
    locale,
    organization: {
      name: say("Example Works"),
      supportEmail: "accounts@example.com",
      helpUrl: "https://example.com/help",
      privacyUrl: "https://example.com/privacy",
    },
    here: "/signin/abc?step=1",
  };
}
