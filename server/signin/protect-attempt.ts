import { createHmac, timingSafeEqual } from "node:crypto";
import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Failure } from "../contract/failure.ts";
import { countConfirmations, insertConfirmation } from "../db/sql/sign-in-confirmations.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { News } from "../devices/known-origins.ts";
import { addJob } from "../jobs/add-job.ts";
import { isId, newId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { hashSecret } from "../kernel/secrets.ts";
import type { Settings } from "../settings/definitions.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { StepFrom } from "./step-from.ts";
import { advance } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { dropAttempt, holdAttempt } from "./hold-attempt.ts";
import type { HeldAttempt } from "./hold-attempt.ts";

/** A sign-in waits this long for its link: what ASVS 6.5.5 allows to what comes over another channel. */
export const confirmMinutes = 10;

/** Sign-ins of one account that may wait for a link within an hour: whoever knows the password sends mails with each. */
const mostInAnHour = 10;

/** Whether a sign-in to an account waits for a link when something about it is not known (S3). */
export function isProtected(
  user: Pick<UserRow, "protection">,
  settings: Pick<Settings, "protection.default">,
): boolean {
  return user.protection === null ? settings["protection.default"] : user.protection === "on";
}

/**
 * Account protection (S3): lets an attempt pass whose device, network and place are known, and lets another wait for a
 * link that is sent by email. Every path of sign-in comes by here, after its proofs and before its device.
 *
 * @param user whose attempt it is, locked
 * @returns the attempt when it passes; else how it waits, or why it is over
 */
export async function protectAttempt(
  work: Work,
  user: UserRow,
  uid: string,
  attempt: Attempt,
  news: News,
  from: StepFrom,
): Promise<Attempt | { held: HeldAttempt } | { refusal: Failure }> {
  // open to all: who has just given every proof asks for their own sign-in
  if (news.kinds.length === 0 || !isProtected(user, await readSettings(work.tx))) {
    return mustAdvance(attempt, { type: "protectionPassed" });
  }
  const refusal =
    user.email === null
      ? failure("signin.noEmail", { data: { account: user.username ?? "" } })
      : await tooOften(work, user);
  if (refusal !== undefined) {
    await dropAttempt(work.tx, uid);
    tell(work, user, news, from, refusal.code === "signin.noEmail" ? "noEmail" : "throttled");
    return { refusal };
  }
  const id = newId<string>(work.now);
  const expiresAt = new Date(work.now.getTime() + confirmMinutes * 60_000);
  await insertConfirmation(work.tx, {
    id,
    attemptId: hashSecret(uid),
    userId: user.id,
    news: news.kinds,
    appId: from.app?.id ?? null,
    address: from.address ?? null,
    userAgent: from.userAgent ?? null,
    now: work.now,
    expiresAt,
  });
  addJob(work.tx, "signIn.sendLink", { confirmationId: id });
  tell(work, user, news, from);
  const waiting = mustAdvance(attempt, { type: "protectionDue", confirmationId: id });
  return { held: await holdAttempt(work.tx, uid, work.now, waiting, expiresAt) };
}

async function tooOften(work: Work, user: UserRow): Promise<Failure | undefined> {
  const hourAgo = new Date(work.now.getTime() - 3_600_000);
  const { count, oldest } = await countConfirmations(work.tx, user.id, hourAgo);
  if (count < mostInAnHour || oldest === null) return undefined;
  const seconds = Math.max(1, Math.ceil((oldest.getTime() - hourAgo.getTime()) / 1000));
  return failure("signin.throttled", { retryAfterSeconds: seconds, data: { seconds } });
}

function tell(work: Work, user: UserRow, news: News, from: StepFrom, reason?: string): void {
  record(work, {
    ...(reason === undefined ? { type: "signin.held" } : { type: "signin.failed", outcome: "failure", reason }),
    subject: { kind: "user", id: user.id, name: user.display_name },
    ...(from.app === undefined ? {} : { appId: from.app.id }),
    details: { app: from.app?.name ?? null, new: news.kinds },
  });
}

function mustAdvance(attempt: Attempt, event: Parameters<typeof advance>[1]): Attempt {
  const after = advance(attempt, event);
  if (after === undefined) throw new Error(`${event.type} happens at its step`);
  return after;
}

const purpose = "sign-in confirmation";
const idBytes = 16;
const macBytes = 24;

/**
 * The secret part of a confirmation's link. It follows from the id and the keys of the house, so it is kept nowhere, and
 * a mail that is sent again has the same link.
 */
export function confirmSecret(keyring: Keyring, id: string): string {
  const [key = ""] = keyring.signingKeys(purpose);
  return sign(key, Buffer.from(id.replaceAll("-", ""), "hex")).toString("base64url");
}

/** The confirmation that a link names; undefined when the link is made up. */
export function readConfirmSecret(keyring: Keyring, secret: string): string | undefined {
  const given = Buffer.from(secret, "base64url");
  if (given.length !== idBytes + macBytes) return undefined;
  const id = given.subarray(0, idBytes);
  if (!keyring.signingKeys(purpose).some((key) => timingSafeEqual(sign(key, id), given))) return undefined;
  const text = id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return isId(text) ? text : undefined;
}

function sign(key: string, id: Buffer): Buffer {
  return Buffer.concat([id, createHmac("sha256", key).update(id).digest().subarray(0, macBytes)]);
}
