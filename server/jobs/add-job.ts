import type { AttributeId, DirectoryId, ExportId, GroupId, ImportId, MailId, UserId } from "../kernel/ids.ts";
import type { Tx } from "../db/connect.ts";

/** Every kind of job with what it needs. Payloads lie in the database in clear: no secrets. */
export interface Jobs {
  /** Hands a mail of the outbox to the mail server. */
  "mail.send": { mailId: MailId };
  /** Lets mails that failed or were kept be sent again: those of before a time, in milliseconds since 1970. */
  "mail.sendAgain": { state: "failed" | "kept"; template?: string; q?: string; before: number };
  /** Makes a fresh activation link and writes the mail; older links stop working. */
  "activation.send": { userId: UserId; isReminder?: boolean };
  /** Writes what the account is called and where its page is. */
  "welcome.send": { userId: UserId };
  /** Sends the activation mail again to people who have not used it. */
  "onboarding.remind": Record<string, never>;
  /** Counts the figures of onboarding. */
  "onboarding.count": Record<string, never>;
  /** Looks up who is meant and, when there is one, makes a reset link and writes the mail. */
  "reset.send": { login: string; address?: string };
  "reset.sendTo": { userId: UserId };
  /** Tells a person that the password was changed (ASVS 6.3.7). */
  "password.tellChanged": { userId: UserId; by: "self" | "reset" | "administrator"; address?: string };
  /** Tells a person that the password has expired, with the link to set another (U10). */
  "password.tellExpired": { userId: UserId };
  /** Tells an app over its back channel that a session is over. */
  "logout.tell": { noticeId: string };
  /** Sends the link that a sign-in from an unknown device, network or place waits for. */
  "signIn.sendLink": { confirmationId: string };
  /** Tells a person of a sign-in from a new device, network or place (ASVS 6.3.5). */
  "signIn.tellNew": {
    userId: UserId;
    /** When it was, in milliseconds since 1970. */
    at: number;
    news: readonly ("device" | "network" | "place")[];
    app?: string;
    address?: string;
    userAgent?: string;
  };
  /** Tells administrators that somebody said of a sign-in that it was not theirs. */
  "signIn.tellDenied": { confirmationId: string };
  /** Ends what an app holds of users who may not use it any more; of these alone, where they are named. */
  "access.end": { appId: string; userIds?: string[] };
  /** Looks which apps people could use because of a group that they have left. */
  "access.leftGroup": { groupId: GroupId; memberIds?: string[] };
  /** Makes the accounts of a directory that was deleted local, and removes it after the last one. */
  "directory.release": { directoryId: DirectoryId };
  /** Tells a person that their second factors were changed (ASVS 6.3.7). */
  "factor.tellChanged": {
    userId: UserId;
    change: "added" | "removed" | "reset" | "codesRenewed" | "codeUsed";
    kind?: "passkey" | "totp" | "email";
    codesLeft?: number;
    by: "self" | "administrator";
    address?: string;
  };
  /** Ends sessions earlier that live longer than the settings allow since a moment ago. */
  "sessions.shorten": Record<string, never>;
  /** Deletes what has expired, in small batches. */
  "clean.expired": Record<string, never>;
  /** Takes the values of a deleted attribute from everybody who has one. */
  "attribute.removeValues": { attributeId: AttributeId; number: number };
  /** Works out what each row of an uploaded file would do. */
  "import.check": { importId: ImportId };
  /** Carries out the rows of an import, a batch at a time. */
  "import.apply": { importId: ImportId };
  /** Takes back what an import did. */
  "import.undo": { importId: ImportId };
  /** Tells whoever confirmed an import that it is over. */
  "import.tell": { importId: ImportId };
  /** Does the next of a bulk action (U16). */
  "bulk.run": { bulkJobId: string };
  /** Makes the file of an export. */
  "export.make": { exportId: ExportId };
  /** Seals the events that nothing can come between any more. */
  "log.seal": Record<string, never>;
  /** Lets events go that are older than the organization keeps them. */
  "log.prune": Record<string, never>;
  /** Counts again what the overview shows and takes long to count. */
  "overview.count": Record<string, never>;
  /** Takes each signing key a step further when its time has come. */
  "keys.advance": Record<string, never>;
}

export type JobName = keyof Jobs;

/**
 * Adds a job in the transaction: it runs only when the transaction commits, then at least once.
 *
 * @param options.key jobs with the same key replace each other while they wait
 * @param options.queue jobs of one queue run one after the other
 * @param options.maxAttempts tries before the queue gives up; waits grow between them
 */
export function addJob<Name extends JobName>(
  tx: Tx,
  name: Name,
  payload: Jobs[Name],
  options: { key?: string; queue?: string; maxAttempts?: number; runAt?: Date } = {},
): void {
  tx.later.jobs.push({
    identifier: name,
    payload,
    max_attempts: options.maxAttempts ?? 10,
    job_key: options.key ?? null,
    queue_name: options.queue ?? null,
    run_at: options.runAt ?? null,
  });
}
