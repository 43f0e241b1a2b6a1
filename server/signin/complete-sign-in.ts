import { record } from "../audit/record.ts";
import { noteSignIn } from "../db/sql/sign-ins.ts";
import type { Work } from "../db/work.ts";
import { keysOf, mostOfAKind } from "../devices/known-origins.ts";
import type { News } from "../devices/known-origins.ts";
import { addJob } from "../jobs/add-job.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { Attempt } from "./attempt.ts";
import type { StepFrom } from "./step-from.ts";

/**
 * Tells the log that somebody is in, after every step of the sign-in and in the transaction that admits the device;
 * counts it (U1), remembers where it came from, and tells the person by mail when that is new.
 *
 * It comes before the sign-in takes hold: a process that ends between the two leaves a line too many in the log, never
 * a sign-in that nobody knows of.
 *
 * @param news what of device, network and place was new when it was admitted
 */
export async function completeSignIn(
  work: Work,
  uid: string,
  attempt: Attempt,
  news: News,
  from: StepFrom,
): Promise<void> {
  const { userId, displayName, amr, confirmationId } = attempt;
  const { app, address, userAgent } = from;
  // open to all: who has given every proof is in
  await noteSignIn(
    work.tx,
    { userId, attemptId: hashSecret(uid), address: address ?? null, origins: keysOf(from.origin), now: work.now },
    mostOfAKind,
  );
  const isNews = news.kinds.length > 0 && !news.isFirst;
  record(work, {
    type: "signin.succeeded",
    subject: { kind: "user", id: userId, name: displayName },
    ...(app === undefined ? {} : { appId: app.id }),
    details: { amr, app: app?.name ?? null, ...(isNews ? { new: news.kinds } : {}) },
  });
  if (!isNews || confirmationId !== null || !(await readSettings(work.tx))["protection.mailOnNew"]) return;
  addJob(work.tx, "signIn.tellNew", {
    userId,
    at: work.now.getTime(),
    news: news.kinds,
    ...(app === undefined ? {} : { app: app.name }),
    ...(address === undefined ? {} : { address }),
    ...(userAgent === undefined ? {} : { userAgent }),
  });
}
