import type { Locale } from "../../kernel/words/locale.ts";

/** Who runs this house, as visitors see it. */
export interface Organization {
  name: string;
  /** Whom to write to about accounts. */
  supportEmail?: string | undefined;
  helpUrl?: string | undefined;
  privacyUrl?: string | undefined;
}

/** What every page needs beside its own view. */
export interface PageFrame {
  locale: Locale;
  organization: Organization;
  /** Path and query that show this page again with GET; the language switch adds `lang` to it. */
  here: string;
}

/** A sentence about a field, in the language of the page. */
export interface FieldError {
  /** Name of the input; without one the sentence is about the form as a whole. */
  field?: string | undefined;
  text: string;
}

/** Where a form goes and what it carries unseen. */
export interface Form {
  action: string;
  csrf?: string | undefined;
  /** Further hidden inputs, such as the token of a link. */
  hidden?: readonly { name: string; value: string }[] | undefined;
  errors?: readonly FieldError[] | undefined;
}

/** The password policy in the words of the page; rules are shown before they can be broken. */
export interface PasswordRules {
  minLength: number;
  classes: readonly ("lower" | "upper" | "digit" | "symbol")[];
  /** Whether the parts of name and email are refused; these are what the script looks for while someone types. */
  personal: readonly string[] | false;
  /** Whether common passwords are refused. */
  common: boolean;
  /** How many passwords back must not come again; 0 for any. */
  history: number;
}

/** An app, as it is named to people. */
export interface NamedApp {
  name: string;
  href?: string | undefined;
}

export interface SessionView {
  /** Browser and system: "Firefox on Windows". */
  browser: string;
  isPhone: boolean;
  isCurrent: boolean;
  /** Names of the apps it is used for; empty for the account pages alone. */
  apps: readonly string[];
  address?: string | undefined;
  /** City and country, where a database knows them. */
  place?: string | undefined;
  startedAt: Date;
  activeAt: Date;
  /** Where posting ends it. */
  endAction: string;
}

/** A registered device, as its owner sees it. */
export interface DeviceView {
  /** Browser and system; empty when the browser did not say. */
  name: string;
  isPhone: boolean;
  activeAt: Date;
  address?: string | undefined;
  /** City and country, where a database knows them. */
  place?: string | undefined;
}

/** A form that the browser fills in with a passkey. */
export interface PasskeyForm {
  form: Form;
  /** What the browser is told, as JSON (WebAuthn §5.4.8, §5.5.2). */
  options: string;
}

/** Another way, with its address. */
export interface WayLink {
  way: "passkey" | "totp" | "email" | "recovery";
  href: string;
}

/** What pages that set up a factor have in common. */
interface Enrolling {
  form: Form;
  account: string;
  /** Whether the sign-in goes on only with it. */
  isRequired: boolean;
  backHref?: string | undefined;
  notYouHref?: string | undefined;
  others: readonly WayLink[];
}

/** A second factor, as its owner sees it. */
export interface FactorView {
  kind: "passkey" | "totp" | "email";
  /** What the person calls a passkey; the address of codes by email. */
  name: string;
  isDefault: boolean;
  /** Whether another kind is asked for first. */
  mayBeDefault: boolean;
  isBackedUp: boolean;
  createdAt: Date;
  usedAt: Date;
  /** Where posting `kind` makes it the default, and posting removes it. */
  defaultAction: string;
  removeAction: string;
  renameHref: string | null;
}

/** Each page with what it shows. Names of inputs: username, password, new_password, current_password, email, display_name. */
/** What every page of the own account has. */
interface AccountFrame {
  /** The reader's time zone and the time now. */
  clock: { timeZone: string; now: Date };
  csrf?: string | undefined;
  homeHref: string;
  signoutAction: string;
  consoleHref?: string | undefined;
}

export interface PageViews {
  /** First step of sign-in. Posts `username`. */
  "signin-name": {
    form: Form;
    app?: NamedApp | undefined;
    /** What was typed. */
    username?: string | undefined;
    resetHref?: string | undefined;
    /** Signing in with a passkey instead. Posts `answer`. */
    passkey?: PasskeyForm | undefined;
    connections: readonly { name: string; href: string }[];
  };
  /** Second step of sign-in. Posts `username`, `password` and, when offered, `keep`. */
  "signin-password": {
    form: Form;
    app?: NamedApp | undefined;
    /** What was typed as username or email. */
    username: string;
    /** True when somebody who is signed in is asked once more. */
    again: boolean;
    /** State of "Keep me signed in"; not offered when left out. */
    keep?: boolean | undefined;
    notYouHref?: string | undefined;
    resetHref?: string | undefined;
    /** Signing in with a passkey instead. Posts `answer`. */
    passkey?: PasskeyForm | undefined;
  };
  /** A third-party app asks for scopes. Posts `decision`: allow or deny. */
  "signin-consent": {
    form: Form;
    app: { name: string; privacyUrl?: string | undefined; termsUrl?: string | undefined };
    account: string;
    /** Scopes of APIs bring their description; those of OpenID Connect have words here. */
    scopes: readonly { name: string; description?: string | undefined }[];
    notYouHref?: string | undefined;
  };
  /** Account protection: the sign-in waits for the link of a mail. Posts nothing, for the mail to be sent again. */
  "signin-waiting": {
    form: Form;
    account: string;
    /** Where the mail went, masked: whoever is here has not proven to be its owner. */
    email: string;
    /** What was not known. */
    news: readonly ("device" | "network" | "place")[];
    ttlSeconds: number;
    /** What was just tried: to go on, or to send the mail again. */
    tried?: "continue" | "again" | undefined;
    continueHref: string;
    /** Says whether the sign-in still waits; the script asks it. */
    stateHref: string;
    notYouHref: string;
  };
  /** Behind the link of that mail. Posts `answer`: yes or no. */
  "signin-confirm": {
    form: Form;
    account: string;
    at: Date;
    app?: NamedApp | undefined;
    /** Browser and system. */
    browser?: string | undefined;
    place?: string | undefined;
    /** Masked. */
    address?: string | undefined;
    clock: { timeZone: string; now: Date };
  };
  "signin-answered": { answer: "yes" | "no"; resetHref: string };
  /** The sign-in took too long, was started in another browser, or was stopped by the account's owner. */
  "signin-ended": {
    reason: "expired" | "otherBrowser" | "stopped";
    app?: NamedApp | undefined;
    startHref?: string | undefined;
  };
  /** On the way to somebody else's provider, where the browser goes by itself. */
  "signin-upstream": { connection: { name: string }; href: string; otherAccountHref: string };
  /** The right password, but no way in. */
  "signin-refused": {
    reason:
      | "disabled"
      | "blocked"
      | "noEmail"
      | "noAccess"
      | "passwordExpired"
      | "ssoOff"
      | "unlinked"
      | "upstreamFailed"
      | "connectionPaused"
      | "notCreated";
    app?: NamedApp | undefined;
    account: string;
    accountHref?: string | undefined;
    otherAccountHref?: string | undefined;
    /** Goes back to the app, which hears that there is no access. */
    leave?: Form | undefined;
    /** Whether the app runs on another device. */
    isElsewhere?: boolean | undefined;
  };
  /** The second factor. Posts `code`, or `answer` of a passkey, or `send=yes` for a code by email. */
  "second-factor": {
    form: Form;
    account: string;
    way: WayLink["way"];
    /** For a passkey: what the browser is told, as JSON. */
    options?: string | undefined;
    /** For a code by email: where it goes, veiled, and whether it is on its way. */
    address?: string | undefined;
    isMailed: boolean;
    /** For how long this browser may be trusted, where the organization offers it. Then `trust` may be posted. */
    trustSeconds?: number | undefined;
    notYouHref: string;
    others: readonly WayLink[];
  };
  /** Setting up an authenticator app. Posts `code`. */
  "factor-enroll": Enrolling & {
    secret: string;
    /** The QR code, a data address of an SVG image. */
    qr: string;
  };
  /** Making a passkey. Posts `name` and `answer`. */
  "passkey-enroll": Enrolling & {
    /** What it is called unless the person says otherwise. */
    name: string;
    /** What the browser is told, as JSON. */
    options: string;
  };
  /** Turning codes by email on. Posts `code`, or `send=yes`. */
  "email-enroll": Enrolling & {
    /** Where the code goes. */
    address: string;
    isMailed: boolean;
  };
  /** Recovery codes, this once; none when they were shown already. */
  "recovery-codes": { codes: readonly string[]; form?: Form | undefined; continueHref?: string | undefined };
  /** No place is left for another device. Posts `device`, the id of one to remove. */
  "device-limit": {
    form: Form;
    account: string;
    /** Whether the person may remove one; else they ask an administrator. */
    mayRemove: boolean;
    limit: number;
    count: number;
    devices: readonly (DeviceView & { id: string })[];
    clock: { timeZone: string; now: Date };
    otherAccountHref: string;
  };
  /** The code that a device shows. Posts `user_code`. */
  "device-code": { form: Form; userCode?: string | undefined };
  /** Which device asks, before it is let in. Posts `confirm` or `abort`. */
  "device-confirm": {
    form: Form;
    app: NamedApp;
    userCode: string;
    at: Date;
    /** Browser and system of the device, where it says so. */
    browser?: string | undefined;
    address?: string | undefined;
    place?: string | undefined;
    clock: { timeZone: string; now: Date };
  };
  /** The device goes on by itself. */
  "device-done": { app?: NamedApp | undefined };
  /** Logout started by an app. Posts `logout=yes`, or the form without it to stay. */
  "signout-confirm": { form: Form; app?: NamedApp | undefined; account?: string | undefined };
  "signed-out": {
    app?: NamedApp | undefined;
    signinHref?: string | undefined;
    /** The provider that the person signed in at, with its own page to sign out. */
    upstream?: { name: string; href: string } | undefined;
  };

  /** Behind the link of an invitation. Posts `new_password`. */
  activate: { form: Form; name: string; username: string; rules: PasswordRules };
  "activate-done": { username: string; continueHref: string; app?: NamedApp | undefined };
  /** A link that does not work. `again` posts for a new one; `askHref` leads to a form. */
  "link-invalid": {
    kind: "activation" | "reset" | "setup" | "confirm";
    reason: "used" | "expired" | "replaced" | "unknown";
    again?: Form | undefined;
    askHref?: string | undefined;
    resetHref?: string | undefined;
    signinHref?: string | undefined;
  };
  /** Posts `username`. */
  "reset-request": { form: Form; username?: string | undefined; signinHref: string };
  /** The same for known and unknown accounts. `again` posts `username` once more. */
  "reset-sent": { account: string; ttlSeconds: number; again: Form; signinHref: string };
  /** Behind the link of a reset. Posts `new_password`. */
  "reset-password": { form: Form; username: string; rules: PasswordRules };
  "reset-done": { signinHref: string };

  /** The first administrator. Posts `username`, `display_name`, `email`, `new_password`. */
  setup: {
    form: Form;
    username?: string | undefined;
    displayName?: string | undefined;
    email?: string | undefined;
    rules: PasswordRules;
  };
  /** What somebody may say about themselves. Posts the names of `fields`, `locale`, `time_zone` and `marketing`. */
  "account-profile": AccountFrame & {
    form: Form;
    fields: readonly {
      name: "username" | "display_name" | "given_name" | "family_name" | "email" | "phone";
      type: "text" | "email" | "tel";
      value: string;
      autocomplete: string;
      isNeeded: boolean;
      mayEdit: boolean;
    }[];
    /** The organization's own attributes; several boxes post a field each, and `name` beside them. */
    attributes: readonly {
      /** Name and id of the field: `attributes.costCode`. */
      name: string;
      label: string;
      /** Empty for none. */
      hint: string;
      kind: "text" | "lines" | "choice" | "boxes";
      value: string;
      choices: readonly { value: string; label: string; isChosen: boolean }[];
      isNeeded: boolean;
      mayEdit: boolean;
    }[];
    /** From when the username may be changed again. */
    usernameFrom?: Date | undefined;
    locales: readonly { value: string; name: string; isChosen: boolean }[];
    timeZones: readonly string[];
    timeZone: string;
    marketing: boolean;
    /** The directory that keeps the profile. */
    directory?: string | undefined;
    dataHref: string;
    done?: true | undefined;
  };
  /** The apps that somebody has signed in to. */
  "account-apps": AccountFrame & {
    apps: readonly {
      name: string;
      isThirdParty: boolean;
      scopes: readonly string[];
      firstAt: Date;
      lastAt: Date;
      revokeAction: string;
    }[];
    done?: true | undefined;
  };
  /** What happened to the own account, newest first. */
  "account-activity": AccountFrame & {
    events: readonly {
      type: string;
      at: Date;
      /** The time for machines. */
      iso: string;
      isFailure: boolean;
      by?: "administrator" | "directory" | undefined;
      app?: string | undefined;
      browser?: string | undefined;
      place?: string | undefined;
      address?: string | undefined;
    }[];
    newerHref?: string | undefined;
    olderHref?: string | undefined;
  };
  "account-home": {
    person: {
      id: string;
      username: string;
      displayName: string;
      email?: string | undefined;
      groups: readonly string[];
      locale?: string | undefined;
      createdAt: Date;
      /** When the password was set; null when there is none. */
      passwordAt: Date | null;
      /** The directory that keeps the profile. */
      directory?: string | undefined;
      isBlocked: boolean;
    };
    sessions: readonly SessionView[];
    devices: readonly (DeviceView & {
      registeredAt: Date;
      isCurrent: boolean;
      /** Until when no second factor is asked for there. */
      trustedUntil?: Date | undefined;
      /** Where posting ends that. */
      distrustAction: string;
      /** Where posting removes it. */
      removeAction: string;
    })[];
    /** Kinds of second factors that are enrolled, and how many recovery codes are left. */
    factors: {
      kinds: readonly FactorView["kind"][];
      codesLeft: number;
      isFew: boolean;
      mayEnroll: boolean;
      href: string;
    };
    /** How many there may be, when there is a limit. */
    deviceLimit?: number | undefined;
    /** The reader's time zone and the time now. */
    clock: { timeZone: string; now: Date };
    csrf?: string | undefined;
    /** What was just done. */
    done?: "passwordChanged" | "sessionEnded" | "sessionsEnded" | "deviceRemoved" | "deviceDistrusted" | undefined;
    homeHref: string;
    passwordHref?: string | undefined;
    signoutAction: string;
    endOthersAction: string;
    consoleHref?: string | undefined;
  };
  /** The own second factors. */
  "account-factors": {
    /** What the policy asks of this person. */
    level: "off" | "optional" | "required";
    factors: readonly FactorView[];
    /** Recovery codes; null while there is no factor. */
    codes: { left: number; isFew: boolean; renewAction: string } | null;
    /** Kinds that can be added. */
    add: readonly { kind: FactorView["kind"]; href: string }[];
    person: { locale?: string | undefined };
    clock: { timeZone: string; now: Date };
    csrf?: string | undefined;
    done?: "removed" | "added" | "renamed" | "chosen" | "confirmed" | undefined;
    homeHref: string;
    signoutAction: string;
    consoleHref?: string | undefined;
  };
  /** Posts `name`. */
  "account-passkey": { form: Form; name: string; backHref: string };
  /** Posts `current_password` and `new_password`. */
  "account-password": { form: Form; username: string; rules: PasswordRules; backHref: string };
  /** A temporary or too old password must be changed during sign-in. Posts `new_password`. */
  "password-change": {
    form: Form;
    reason: "temporary" | "expired";
    username: string;
    rules: PasswordRules;
    notYouHref?: string | undefined;
  };

  /** Any failure. Without title and text it is a fault of the house. */
  error: {
    title?: string | undefined;
    text?: string | undefined;
    requestId?: string | undefined;
    backHref?: string | undefined;
    backLabel?: string | undefined;
  };
  "not-found": { homeHref: string };
  "too-many": { waitSeconds: number; backHref?: string | undefined };
}

export type PageName = keyof PageViews;
