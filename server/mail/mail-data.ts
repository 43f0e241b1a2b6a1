import { mailNames as listed } from "../contract/mail-templates.ts";

/** What every mail knows. Texts may hold anything: they are made harmless when the mail is composed. */
export interface MailFrame {
  /** Name of the organization. */
  organization: string;
  /** Whom to write to about accounts. */
  supportEmail?: string | undefined;
}

/** Whom a mail about an account is for. */
export interface MailPerson {
  /** Display name. */
  name: string;
  username: string;
}

/** What a mail says of a sign-in. */
export interface MailSignIn {
  at: Date;
  timeZone: string;
  app?: string | undefined;
  /** Browser and system. */
  device?: string | undefined;
  /** City and country, where a database knows them. */
  place?: string | undefined;
  address?: string | undefined;
}

/** Each mail with what it says. Links are whole http or https addresses. */
export interface MailData {
  /** Someone has an account and shall choose a password. */
  activation: MailFrame & MailPerson & { link: string; ttlSeconds: number };
  /** Somebody has not used the link of an earlier mail. */
  "activation-reminder": MailFrame & MailPerson & { link: string; ttlSeconds: number };
  /** The account is ready; `link` is the account page. */
  welcome: MailFrame & MailPerson & { link: string };
  /** Somebody asked for a new password. */
  "password-reset": MailFrame & MailPerson & { link: string; ttlSeconds: number };
  /** The password does not work any more; `link` leads to the form that sets another. */
  "password-expired": MailFrame & MailPerson & { link: string; ttlSeconds: number };
  /** A password was changed; `link` leads to the form that asks for a reset. */
  "password-changed": MailFrame &
    MailPerson & {
      link: string;
      by: "self" | "reset" | "administrator";
      changedAt: Date;
      timeZone: string;
      /** Browser and system: "Firefox on Windows". */
      device?: string | undefined;
      address?: string | undefined;
    };
  /** A sign-in waits until the person says that it is theirs; `link` leads to the question. */
  "sign-in-confirm": MailFrame & MailPerson & MailSignIn & { link: string; ttlSeconds: number };
  /** Somebody signed in from where the account was not used before; `link` is the account page. */
  "sign-in-new": MailFrame & MailPerson & MailSignIn & { link: string; what: "device" | "network" | "place" };
  /** To an administrator (`name`): somebody said of a sign-in to their account that it was not theirs. */
  "sign-in-denied": MailFrame & MailSignIn & { name: string; username: string; person: string; link: string };
  /** A code that confirms a sign-in. */
  "sign-in-code": MailFrame &
    MailPerson & {
      code: string;
      ttlSeconds: number;
      app?: string | undefined;
      device?: string | undefined;
      address?: string | undefined;
    };
  /** Second factors were changed; `link` leads to them. */
  "factor-changed": MailFrame &
    MailPerson & {
      link: string;
      change: "added" | "removed" | "reset" | "codesRenewed" | "codeUsed";
      kind?: "passkey" | "totp" | "email" | undefined;
      /** How many recovery codes are left, after one was used. */
      codesLeft?: number | undefined;
      by: "self" | "administrator";
      changedAt: Date;
      timeZone: string;
      address?: string | undefined;
    };
  /** To whoever confirmed an import of a file: it is over. */
  "import-finished": MailFrame & { name: string; file: string; done: number; refused: number; link: string };
  /** A file that was asked for is there, or could not be made; `link` leads to the exports. */
  "export-done": MailFrame & {
    name: string;
    outcome: "done" | "failed";
    fileName: string;
    rows: number;
    /** When the file goes. */
    expiresAt: Date;
    timeZone: string;
    link: string;
  };
  /** To try the way out. */
  test: MailFrame & { sentAt: Date; timeZone: string };
}

export type MailName = keyof MailData;

/** All mails, for lists and checks. */
export const mailNames: readonly MailName[] = listed satisfies readonly MailName[];
