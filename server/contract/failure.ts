/**
 * Every refusal that a caller may expect, in one table: HTTP status, SCIM `scimType` (RFC 7644 §3.12) and the sentence
 * that is shown. `scimStatus` is the status over SCIM where it is another: there, 409 means a duplicate (§3.3) and a
 * client looks for the one it collides with. Details and causes go to the log, never to the wire.
 */
export const failures = {
  "access.denied": { status: 403, says: "You do not have the permission for this." },
  "access.signInNeeded": { status: 401, says: "Sign in first." },
  "access.foreignOrigin": { status: 403, says: "This request did not come from the console." },
  "access.escalation": { status: 403, says: "You can only grant permissions that you hold yourself." },
  "request.invalid": { status: 400, scimType: "invalidValue", says: "Something in the request is not right." },
  "request.notJson": { status: 400, scimType: "invalidSyntax", says: "The body is not valid JSON." },
  "request.tooLarge": { status: 413, says: "The request is larger than allowed." },
  "request.wrongType": { status: 415, says: "The body has a media type that is not accepted here." },
  "request.cursorInvalid": {
    status: 400,
    scimType: "invalidCursor",
    says: "This page of the list cannot be found any more. Start again from the first page.",
  },
  "request.unknownPath": { status: 404, says: "There is nothing at this address." },
  "request.wrongMethod": { status: 405, says: "This address does not take that method." },
  "request.tooMany": { status: 429, says: "Too many requests. Wait a moment and try again." },
  "request.valueTooLong": { status: 400, scimType: "invalidValue", says: "This value is too long." },
  "request.stale": {
    status: 412,
    says: "Someone else changed this in the meantime. Load it again and repeat your change.",
  },
  "request.keyInvalid": { status: 400, says: "An Idempotency-Key has 1 to 255 visible ASCII characters." },
  "request.keyReused": { status: 422, says: "This Idempotency-Key was sent with another request." },
  "request.inProgress": { status: 409, says: "The same request is being worked on. Ask again in a moment." },
  "request.replyLost": {
    status: 409,
    says: "This was done, but its answer is lost. Look whether it is there before you ask with another key.",
  },
  "server.busy": { status: 503, says: "The server is busy. Try again in a few seconds." },

  "user.missing": { status: 404, says: "There is no such account." },
  "user.nameTaken": { status: 409, scimType: "uniqueness", says: "Another account has this username." },
  "user.externalIdTaken": {
    status: 409,
    scimType: "uniqueness",
    says: "Another account of this directory has this externalId.",
  },
  "user.nameInvalid": {
    status: 400,
    scimType: "invalidValue",
    says: "A username may have letters, digits and @ ! # $ % & * + - / = ? ^ _ { | } ~ . and the backtick.",
  },
  "user.nameTooShort": { status: 400, scimType: "invalidValue", says: "This username is too short." },
  "user.nameTooLong": { status: 400, scimType: "invalidValue", says: "This username is too long." },
  "user.nameTooSoon": {
    status: 409,
    says: "The username was changed a short time ago and cannot be changed again yet.",
  },
  "user.displayNameMissing": { status: 400, scimType: "invalidValue", says: "A display name is needed." },
  "user.displayNameTooLong": { status: 400, scimType: "invalidValue", says: "This display name is too long." },
  "user.emailInvalid": { status: 400, scimType: "invalidValue", says: "This is not an email address." },
  "user.emailMissing": { status: 400, scimType: "invalidValue", says: "The account has no email address to write to." },
  "user.passwordOrEmailNeeded": {
    status: 400,
    scimType: "invalidValue",
    says: "Give a password, or an email address to invite to.",
  },
  "user.localeInvalid": {
    status: 400,
    scimType: "invalidValue",
    says: "This is not a language tag such as en or ja-JP.",
  },
  "user.timeZoneInvalid": {
    status: 400,
    scimType: "invalidValue",
    says: "This is not a time zone such as Asia/Tokyo.",
  },
  "user.phoneInvalid": { status: 400, scimType: "invalidValue", says: "This is not a phone number." },
  "user.disabled": { status: 409, says: "This account is disabled. Enable it first." },
  "user.alreadyActive": { status: 409, says: "This account is activated already." },
  "user.lastAdministrator": {
    status: 409,
    scimStatus: 403,
    says: "This is the last administrator. Make another account an administrator first.",
  },
  "user.seatLimit": {
    status: 409,
    scimStatus: 403,
    says: "All seats of the organization are taken. Delete accounts or raise the seat limit.",
  },
  "user.deleted": { status: 409, says: "This account is deleted." },
  "comment.missing": { status: 404, says: "There is no such comment." },
  "comment.empty": { status: 400, says: "Write something first." },
  "comment.notOwn": { status: 403, says: "Only whoever wrote a comment can delete it." },
  "view.missing": { status: 404, says: "There is no such view." },
  "view.nameMissing": { status: 400, says: "A name is needed." },
  "view.tooMany": { status: 409, says: "There are as many views as fit. Delete one first." },
  "view.noOwner": { status: 409, says: "Only people keep views; an API token has none." },
  "bulk.missing": { status: 404, says: "There is no such bulk action." },
  "bulk.empty": { status: 400, says: "Nobody matches, so there is nothing to do." },
  "bulk.grown": { status: 409, says: "More users match than were confirmed. Look at the number again." },
  "bulk.over": { status: 409, says: "This bulk action is over already." },
  "bulk.ownAccount": { status: 409, says: "A bulk action leaves out the account of whoever started it." },
  "bulk.broken": { status: 500, says: "Something went wrong on the server. Its log has the details." },
  "role.missing": { status: 404, says: "There is no such role." },
  "role.nameMissing": { status: 400, says: "A name is needed." },
  "role.nameTooLong": { status: 400, says: "This name is too long." },
  "role.nameTaken": { status: 409, says: "Another role has this name." },
  "role.builtIn": {
    status: 409,
    says: "This role is built in. What it is called and allows stays; only what it asks for as a second factor can change.",
  },
  "role.inUse": { status: 409, says: "Accounts have this role. Give them another one first." },
  "role.tooMany": { status: 409, says: "There are as many roles as there may be: 100." },

  "attribute.missing": { status: 404, says: "There is no such attribute." },
  "attribute.nameInvalid": {
    status: 400,
    says: "A name begins with a letter and has letters, digits, _ and - after it; 64 characters at most.",
  },
  "attribute.nameReserved": { status: 400, says: "SCIM has an attribute of this name already. Choose another." },
  "attribute.nameTaken": { status: 409, says: "Another attribute has this name." },
  "attribute.labelMissing": { status: 400, says: "A label is needed." },
  "attribute.claimInvalid": {
    status: 400,
    says: "A claim is a word, or an address such as https://example.com/claims/team; 100 characters at most.",
  },
  "attribute.claimReserved": { status: 400, says: "This claim has a meaning of its own. Choose another name." },
  "attribute.claimTaken": { status: 409, says: "Another attribute is released as this claim." },
  "attribute.tooMany": { status: 409, says: "There are as many attributes as there may be: 100." },
  "attribute.booleanAlone": { status: 400, says: "Yes or no can neither be unique nor have several values." },
  "attribute.choicesNeedText": { status: 400, says: "Only texts can have a list of allowed values." },
  "attribute.editableUnseen": { status: 400, says: "What users cannot see they cannot edit." },
  "attribute.inUse": {
    status: 409,
    says: "Accounts have values of this attribute, so its name and type stay as they are.",
  },
  "attribute.valuesNotUnique": {
    status: 409,
    says: "Several accounts have the same value, so the attribute cannot be unique.",
  },
  "attribute.unknown": { status: 400, scimType: "invalidValue", says: "There is no attribute of this name." },
  "attribute.valueInvalid": {
    status: 400,
    scimType: "invalidValue",
    says: "This value does not fit the type of the attribute.",
  },
  "attribute.valueNotAllowed": {
    status: 400,
    scimType: "invalidValue",
    says: "This is not one of the values that the organization allows.",
  },
  "attribute.valueRequired": { status: 400, scimType: "invalidValue", says: "A value is needed." },
  "attribute.valueTaken": { status: 409, scimType: "uniqueness", says: "Another account has this value." },
  "attribute.changed": {
    status: 503,
    says: "The attributes of the organization changed in this moment. Send the request again.",
  },

  "password.tooShort": { status: 400, scimType: "invalidValue", says: "This password is too short." },
  "password.tooLong": { status: 400, scimType: "invalidValue", says: "This password is too long." },
  "password.common": { status: 400, scimType: "invalidValue", says: "This password is too easy to guess." },
  "password.personal": {
    status: 400,
    scimType: "invalidValue",
    says: "A password must not contain the name, username or email of the account.",
  },
  "password.classMissing": {
    status: 400,
    scimType: "invalidValue",
    says: "This password lacks a kind of character that is required.",
  },
  "password.usedBefore": {
    status: 400,
    scimType: "invalidValue",
    says: "This password was used before. Choose another.",
  },
  "password.missing": { status: 409, says: "This account has no password." },
  "password.hashUnknown": {
    status: 400,
    scimType: "invalidValue",
    says: "This is no bcrypt, scrypt, PBKDF2 or argon2 hash in a known format, or checking it would take too long.",
  },
  "password.wrong": { status: 400, says: "The current password is not right." },

  "signin.refused": { status: 401, says: "Username or password is not right." },
  "signin.throttled": { status: 429, says: "Too many tries. Wait and try again." },
  "signin.disabled": { status: 403, says: "This account is disabled. Ask your administrator." },
  "signin.blocked": { status: 403, says: "This account may not use applications. Ask your administrator." },
  "signin.passwordExpired": { status: 403, says: "This password has expired. Set another by the link in the mail." },
  "signin.noEmail": {
    status: 403,
    says: "This sign-in must be confirmed by email, and the account has no email address. Ask your administrator.",
  },
  "signin.ssoOff": { status: 403, says: "This account may not be used through single sign-on. Use your password." },
  "signin.unlinked": { status: 403, says: "There is no account here for you. Ask your administrator." },
  "signin.upstreamFailed": { status: 502, says: "The other side could not sign you in. Try again." },
  "passkey.refused": { status: 401, says: "This passkey was not accepted. Try again, or sign in another way." },
  "link.invalid": { status: 410, says: "This link is used up, replaced by a newer one, or too old." },

  "group.missing": { status: 404, says: "There is no such group." },
  "group.nameTaken": { status: 409, scimType: "uniqueness", says: "Another group has this name." },
  "group.externalIdTaken": {
    status: 409,
    scimType: "uniqueness",
    says: "Another group of this directory has this externalId.",
  },
  "group.nameMissing": { status: 400, scimType: "invalidValue", says: "A name is needed." },
  "group.nameTooLong": { status: 400, scimType: "invalidValue", says: "This name is too long." },
  "group.unknownMember": { status: 400, scimType: "invalidValue", says: "A member is not known here." },
  "group.cycle": { status: 400, scimType: "invalidValue", says: "A group cannot contain itself." },
  "group.ofDirectory": {
    status: 409,
    says: "This group belongs to a directory, and only the directory changes it. Change it there.",
  },

  "app.missing": { status: 404, says: "There is no such app." },
  "app.nameMissing": { status: 400, says: "A name is needed." },
  "app.nameTaken": { status: 409, says: "Another app has this name." },
  "app.redirectUriInvalid": {
    status: 400,
    says: "A redirect address must be complete, use https (http only for localhost), and have no fragment or wildcard.",
  },
  "app.addressInvalid": {
    status: 400,
    says: "This address must be complete, use https (http only for localhost), and have no user name or fragment.",
  },
  "app.redirectUriMissing": { status: 400, says: "Give at least one redirect address." },
  "app.grantInvalid": { status: 400, says: "This grant type is not offered." },
  "app.scopeInvalid": { status: 400, says: "This scope cannot be given to apps." },
  "app.lifetimesInvalid": {
    status: 400,
    says: "A refresh token cannot lie unused for longer than it lasts in any case.",
  },
  "app.keysInvalid": { status: 400, says: "These are no public keys: give a JSON Web Key Set (RFC 7517)." },
  "app.builtIn": { status: 409, says: "This app belongs to Gatehouse itself and cannot be changed." },
  "app.noSecret": { status: 409, says: "A public app has no secret." },

  "app.holderMissing": { status: 404, says: "This user or group was not chosen." },

  "resource.missing": { status: 404, says: "There is no such API." },
  "resource.identifierInvalid": {
    status: 400,
    says: "An identifier is an absolute URI without a fragment, such as https://api.example.com/.",
  },
  "resource.identifierTaken": { status: 409, says: "Another API has this identifier." },
  "resource.nameTaken": { status: 409, says: "Another API has this name." },
  "resource.scopeInvalid": { status: 400, says: "A scope is one word that the provider does not use itself." },
  "resource.tooMany": { status: 409, says: "There can be 100 APIs." },

  "entitlement.missing": { status: 404, says: "There is no such app permission." },
  "entitlement.valueInvalid": {
    status: 400,
    says: "Give one word of letters, digits and punctuation without spaces, quotes or backslashes, at most 100 characters.",
  },
  "entitlement.valueTaken": { status: 409, says: "The app has a permission with this value." },
  "entitlement.tooMany": { status: 409, says: "An app can have 200 permissions." },

  "directory.missing": { status: 404, says: "There is no such directory." },
  "directory.nameTaken": { status: 409, says: "Another directory has this name." },
  "directory.nameMissing": { status: 400, says: "A name is needed." },
  "directory.hasClient": { status: 409, says: "This directory has an OAuth client already." },
  "directory.keyInvalid": { status: 400, says: "This is not a public key in PEM or as a JWK." },
  "directory.proofDiffers": {
    status: 409,
    says: "This client proves itself in another way. Remove it and make another to change that.",
  },
  "directory.noClient": { status: 404, says: "This directory has no OAuth client." },
  "directory.tokenMissing": { status: 404, says: "There is no such token." },
  "directory.timePast": { status: 400, says: "Choose a time that is still to come, within ten years." },
  "directory.leaving": { status: 409, says: "This directory is being deleted." },
  "directory.paused": { status: 403, says: "This directory is paused. An administrator can resume it in the console." },

  "connection.missing": { status: 404, says: "There is no such connection." },
  "connection.nameMissing": { status: 400, says: "A name is needed." },
  "connection.nameTaken": { status: 409, says: "Another connection has this name." },
  "connection.issuerInvalid": {
    status: 400,
    says: "An issuer is a complete https address (http only for localhost) without query and fragment.",
  },
  "connection.issuerUnreachable": {
    status: 400,
    says: "The issuer did not answer with its configuration. Check the address, and that this server may reach it.",
  },
  "connection.scopesInvalid": { status: 400, says: "Scopes are words with spaces between, and openid is one of them." },
  "connection.domainInvalid": { status: 400, says: "This is not a domain such as example.com." },
  "connection.domainTaken": { status: 409, says: "Another connection has this domain." },
  "connection.tooMany": { status: 409, says: "There are 100 connections already. Delete one first." },
  "connection.paused": { status: 403, says: "Signing in this way is switched off at the moment." },
  "connection.identityMissing": { status: 404, says: "This account is not linked to this connection." },
  "connection.identityTaken": { status: 409, says: "Another account is linked to this subject." },
  "onboarding.linksHidden": {
    status: 403,
    says: "The organization does not let administrators copy activation links. Send the mail instead.",
  },
  "mailTemplate.invalid": { status: 400, says: "Something in this template is not right." },
  "mail.noServer": { status: 409, says: "No mail server is set up, so nothing can be sent." },
  "mail.missing": { status: 404, says: "There is no such mail." },
  "session.missing": { status: 404, says: "There is no such session." },
  "factor.missing": { status: 404, says: "There is no such second factor." },
  "factor.exists": { status: 409, says: "There is an authenticator app already. Remove it first." },
  "factor.off": { status: 403, says: "Second factors of this kind are not in use for this account." },
  "factor.passkeyRefused": { status: 400, says: "The passkey could not be added. Try again." },
  "factor.passkeyKnown": { status: 409, says: "This passkey is registered already." },
  "factor.tooMany": { status: 409, says: "There are 20 passkeys already. Remove one first." },
  "factor.nameInvalid": { status: 400, says: "A name of up to 60 characters is needed." },
  "factor.emailUnsettled": {
    status: 403,
    says: "The email address was changed in the last 7 days. Set up another factor first.",
  },
  "factor.wrongCode": {
    status: 400,
    says: "This code is not right or has been used. Wait for the next one, then try again.",
  },
  "factor.wrongMailCode": {
    status: 400,
    says: "This code is not right, was used, or is too old. Try again, or have another one sent.",
  },
  "device.missing": { status: 404, says: "There is no such device." },
  "setting.missing": { status: 404, says: "There is no such setting." },
  "setting.invalid": { status: 400, says: "This value does not fit the setting." },
  "export.missing": { status: 404, says: "There is no such export." },
  "export.columnUnknown": { status: 400, says: "These data have no such column." },
  "export.tooMany": { status: 409, says: "Too many exports are waiting. Wait until some are done, or cancel some." },
  "export.over": { status: 409, says: "This export is not under way any more." },
  "export.notDone": { status: 409, says: "This file is not done yet." },
  "export.gone": { status: 410, says: "This file is not kept any more. Export it again." },
  "export.tooLarge": {
    status: 409,
    says: "A workbook cannot hold this much. Choose fewer columns or users, or CSV.",
  },
  "export.failed": { status: 500, says: "The file could not be made. The log of the server says why." },
  "token.missing": { status: 404, says: "There is no such token." },
  "token.nameMissing": { status: 400, says: "A name is needed." },
  "import.tooMany": {
    status: 409,
    says: "Too many uploaded files wait to be carried out. Finish or discard some first.",
  },
  "import.missing": { status: 404, says: "There is no such import." },
  "import.wrongState": { status: 409, says: "The import is at another step, where this cannot be done." },
  "import.fileKind": { status: 400, says: "This is neither a CSV file nor an Excel workbook (.xlsx)." },
  "import.fileEmpty": { status: 400, says: "The file has no row below the headers." },
  "import.fileBroken": { status: 400, says: "The file is damaged or not complete. Save it again and upload that." },
  "import.fileMacros": { status: 400, says: "The workbook has macros. Save it as a workbook without them (.xlsx)." },
  "import.fileProtected": {
    status: 400,
    says: "The workbook has a password or an old format (.xls). Save it as .xlsx without a password.",
  },
  "import.unpacksTooLarge": {
    status: 400,
    says: "The workbook unpacks to more than can be read here. Save the sheet as CSV.",
  },
  "import.encodingWrong": {
    status: 400,
    says: "The file has characters that do not belong to this encoding. Choose another one.",
  },
  "import.quoteOpen": { status: 400, says: "A quotation mark in the file is never closed." },
  "import.cellTooLarge": { status: 400, says: "A cell has more characters than a spreadsheet can hold." },
  "import.tooManyColumns": { status: 400, says: "The file has too many columns." },
  "import.tooManyRows": { status: 400, says: "The file has too many rows." },
  "import.columnTwice": { status: 400, says: "Another column of the file is this already." },
  "import.columnUnknown": { status: 400, says: "There is no such column for accounts." },
  "import.keyMissing": {
    status: 400,
    says: "Say which column is the user ID, the username or the email: rows find their account by it.",
  },
  "import.nothingToDo": { status: 409, says: "No row of the file changes anything." },
  "import.actorGone": { status: 409, says: "Whoever started this may not manage accounts any more, so it stopped." },
  "import.actionUnknown": { status: 400, says: "Write add, update or delete." },
  "import.cellFormula": {
    status: 400,
    says: "This is a formula. Paste its value; a text that begins with = needs an apostrophe before it.",
  },
  "import.cellError": { status: 400, says: "This cell shows an error of the spreadsheet." },
  "import.cellUnreadable": { status: 400, says: "This cell has characters that cannot be kept." },
  "import.cannotClear": { status: 400, says: "This cannot be empty." },
  "import.wordUnknown": { status: 400, says: "This word is not known here." },
  "import.numberNeeded": { status: 400, says: "A whole number is needed." },
  "import.userUnknown": { status: 400, says: "No account has this user ID, username or email." },
  "import.emailShared": {
    status: 400,
    says: "Several accounts have this email. Name the one that is meant by username or user ID.",
  },
  "import.userExists": {
    status: 400,
    says: "There is an account with this username already. To change it, write update.",
  },
  "import.deleteNeedsBoth": { status: 400, says: "To delete an account, give both its username and its email." },
  "import.deleteDisagrees": { status: 400, says: "Username and email are not of one account." },
  "import.rowTwice": { status: 400, says: "Another row of the file is about this account already." },
  "import.nameTwice": { status: 400, says: "Another row of the file gives this username already." },
  "import.valueTwice": {
    status: 400,
    says: "Another row of the file gives this value already, which only one account may have.",
  },
  "import.ownedByDirectory": { status: 400, says: "A directory keeps this. Change it there." },
  "import.ownAccount": {
    status: 400,
    says: "This is your own account: an import does not delete or disable it, or change its role.",
  },
  "import.groupUnknown": { status: 400, says: "There is no such group." },
  "import.groupAmbiguous": { status: 400, says: "Several groups have this name." },
  "import.groupsNeeded": { status: 400, says: "Changing groups needs the permission to manage groups." },
  "import.statusImpossible": {
    status: 400,
    says: "A file cannot make an account pending that is in use. Remove its identity in the console.",
  },
  "import.managerUnknown": { status: 400, says: "No account has this username, and no row above adds it." },
  "import.changedSince": {
    status: 409,
    says: "The account changed after the rows were checked, so the row was left alone.",
  },
  "import.rowBroken": {
    status: 500,
    says: "Something went wrong with this row. The log of the server has the details.",
  },
  "setup.done": { status: 409, says: "The first administrator exists already." },
} as const satisfies Record<string, { status: number; scimStatus?: number; scimType?: string; says: string }>;

export type FailureCode = keyof typeof failures;

/** What is wrong with one field of a request. */
export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

export interface FailureOptions {
  /** The field of the request that is wrong, in the words of the wire: `userName`, `redirectUris`. */
  field?: string;
  /** A sentence that says more than the table, when numbers or names help: "Has 6 characters; at least 12 are needed." */
  says?: string;
  /** All wrong fields, when there are several. */
  fields?: readonly FieldProblem[];
  /** Seconds after which a repetition makes sense (RFC 9110 §10.2.3). */
  retryAfterSeconds?: number;
  /** Numbers that a translated sentence needs. */
  data?: Record<string, string | number>;
  cause?: unknown;
}

/** An expected refusal. Everything else that is thrown is a bug and becomes a 500 with a request id. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly status: number;
  /** The status over SCIM. */
  readonly scimStatus: number;
  readonly scimType: string | undefined;
  readonly field: string | undefined;
  readonly fields: readonly FieldProblem[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly data: Record<string, string | number>;

  constructor(code: FailureCode, options: FailureOptions = {}) {
    super(options.says ?? failures[code].says, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Failure";
    this.code = code;
    const row: { status: number; scimStatus?: number; scimType?: string } = failures[code];
    this.status = row.status;
    this.scimStatus = row.scimStatus ?? row.status;
    this.scimType = row.scimType;
    this.field = options.field;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.data = options.data ?? {};
  }
}

/** Makes the refusal to throw: `throw failure("user.nameTaken", { field: "userName" })`. */
export function failure(code: FailureCode, options?: FailureOptions): Failure {
  return new Failure(code, options);
}
