import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Logger, parseCronItems, run } from "graphile-worker";
import type { JobHelpers, TaskList, WorkerEvents } from "graphile-worker";
import { countOnboarding } from "../db/sql/onboarding-figures.ts";
import { releaseJobs } from "../db/sql/job-workers.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { applyRows } from "../imports/apply-rows.ts";
import { checkRows } from "../imports/check-rows.ts";
import { undoRows } from "../imports/undo-rows.ts";
import type { JobName, Jobs } from "../jobs/add-job.ts";
import { retryNextMails } from "../mail/read-mails.ts";
import { advanceKeys } from "../oidc/rotate-keys.ts";
import { openAppTeller } from "../oidc/tell-app.ts";
import { cleanExpired } from "./clean-expired.ts";
import { runBulk } from "./run-bulk.ts";
import { removeAttributeValues } from "./remove-attribute-values.ts";
import { endAccessAfter, endAccessTo } from "./end-access.ts";
import { cleanExports, makeExport } from "./make-export.ts";
import { countOverview } from "./count-overview.ts";
import { releaseDead, startPresent } from "./presence.ts";
import { remindForgetful } from "./remind.ts";
import {
  sendActivation,
  sendReset,
  sendResetTo,
  sendWelcome,
  tellPasswordChanged,
  tellPasswordExpired,
} from "./send-link-mail.ts";
import { sendConfirmLink, tellDenied, tellNewSignIn } from "./send-sign-in-mail.ts";
import { releaseDirectory } from "./release-directory.ts";
import { tellImported } from "./tell-imported.ts";
import { tellFactorChanged } from "./tell-factor-changed.ts";
import { sendMail } from "./send-mail.ts";
import { pruneLog, sealLog } from "./seal-log.ts";
import { sweepTests } from "./sweep-tests.ts";
import { shortenAll } from "./shorten-sessions.ts";
import { openTransport } from "./transport.ts";

type Handler<Name extends JobName> = (payload: Jobs[Name], helpers: JobHelpers) => Promise<void>;

/** Jobs that run when a stop is asked for get this long: less than the process has (`main/run-child.ts`). */
const finishMs = 8000;

/**
 * Runs jobs until it is closed. Any number of workers on any number of machines share one queue.
 *
 * @returns `close` waits for the jobs that run; those that do not end in time are left to other workers
 */
export async function workJobs(
  house: House,
  options: { finishMs: number } = { finishMs },
): Promise<{ close(): Promise<void> }> {
  const transport = openTransport(house.config);
  const teller = openAppTeller(house);
  const handlers: { [Name in JobName]: Handler<Name> } = {
    "mail.send": async ({ mailId }, { job }) =>
      await sendMail(house, transport, mailId, job.attempts >= job.max_attempts),
    "mail.sendAgain": async (payload) => {
      const by = { actor: trusted("system", "mail"), requestId: "mail.sendAgain" };
      while (await inWork(house, by, async (work) => await retryNextMails(work, payload)));
    },
    "activation.send": async ({ userId, isReminder }) => await sendActivation(house, userId, isReminder),
    "welcome.send": async ({ userId }) => await sendWelcome(house, userId),
    "onboarding.remind": async () => void (await remindForgetful(house)),
    "onboarding.count": async () =>
      await house.db.inSqlTransaction(async (tx) => await countOnboarding(tx, house.now())),
    "reset.send": async ({ login, address }) => await sendReset(house, login, address),
    "reset.sendTo": async ({ userId }) => await sendResetTo(house, userId),
    "password.tellChanged": async (payload) => await tellPasswordChanged(house, payload),
    "password.tellExpired": async ({ userId }) => await tellPasswordExpired(house, userId),
    "logout.tell": async ({ noticeId }, { job }) => await teller.tell(noticeId, job.attempts >= job.max_attempts),
    "signIn.sendLink": async ({ confirmationId }) => await sendConfirmLink(house, confirmationId),
    "signIn.tellNew": async (payload) => await tellNewSignIn(house, payload),
    "signIn.tellDenied": async ({ confirmationId }) => await tellDenied(house, confirmationId),
    "access.end": async (payload) => await endAccessTo(house, payload),
    "access.leftGroup": async (payload) => await endAccessAfter(house, payload),
    "directory.release": async ({ directoryId }) => await releaseDirectory(house, directoryId),
    "factor.tellChanged": async (payload) => await tellFactorChanged(house, payload),
    "sessions.shorten": async () => await shortenAll(house),
    "clean.expired": async () => {
      await releaseDead(house);
      await cleanExpired(house);
      await cleanExports(house);
      await sweepTests(house);
    },
    "bulk.run": async (payload) => await runBulk(house, payload),
    "attribute.removeValues": async (payload) => await removeAttributeValues(house, payload),
    "import.check": async ({ importId }) => await checkRows(house, importId),
    "import.apply": async ({ importId }) => await applyRows(house, importId),
    "import.undo": async ({ importId }) => await undoRows(house, importId),
    "import.tell": async ({ importId }) => await tellImported(house, importId),
    "export.make": async ({ exportId }, { job }) => await makeExport(house, exportId, job.attempts >= job.max_attempts),
    "log.seal": async () => await sealLog(house),
    "log.prune": async () => await pruneLog(house),
    "overview.count": async () => await countOverview(house),
    "keys.advance": async () => {
      const by = { actor: trusted("system", "key rotation"), requestId: "keys.advance" };
      await inWork(house, by, async (work) => await advanceKeys(work, house.keyring));
    },
  };
  const over = new AbortController();
  // Each payload was typed when the job was added; the queue hands it over as unknown.
  const tasks = untilOver(handlers as unknown as TaskList, over.signal);
  const { name, runner, leave } = await startPresent(house, async () => await startRunner(house, tasks));
  return {
    async close() {
      await Promise.race([runner.stop(), pause(options.finishMs, undefined, { ref: false })]);
      over.abort();
      await releaseJobs(house.db, name);
      transport?.close();
      await leave();
    },
  };
}

async function startRunner(house: House, taskList: TaskList) {
  const events: WorkerEvents = new EventEmitter();
  let name = "";
  // The queue knows its workers by the name of their pool, which it makes up and tells here.
  events.once("pool:create", ({ workerPool }) => (name = workerPool.id));
  const runner = await run({
    pgPool: house.db.pool,
    events,
    concurrency: 4,
    // Jobs are picked up by NOTIFY; the poll is for those that wait for their time.
    pollInterval: 2000,
    noHandleSignals: true,
    taskList,
    parsedCronItems: parseCronItems([
      { task: "clean.expired", match: "* * * * *", options: { maxAttempts: 1 } },
      { task: "log.seal", match: "* * * * *", options: { maxAttempts: 1 } },
      { task: "log.prune", match: "17 * * * *", options: { maxAttempts: 1 } },
      { task: "onboarding.count", match: "*/5 * * * *", options: { maxAttempts: 1 } },
      { task: "onboarding.remind", match: "23 * * * *", options: { maxAttempts: 1 } },
      { task: "keys.advance", match: "7 * * * *", options: { maxAttempts: 1 } },
    ]),
    logger: logger(house),
  });
  return { name, runner };
}

/** A job that outlives its worker has no end: others have it already, and the queue's connections are closed. */
function untilOver(tasks: TaskList, over: AbortSignal): TaskList {
  const never = new Promise<never>(() => {});
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [
      name,
      async (payload: unknown, helpers: JobHelpers) => {
        try {
          await task?.(payload, helpers);
        } catch (error) {
          if (!over.aborted) throw error;
        }
        if (over.aborted) await never;
      },
    ]),
  );
}

/** Sends what the queue says to our log. It tells of every job at `info`, which is too much for one line each. */
function logger(house: House): Logger {
  return new Logger(() => (level, message, meta) => {
    const to = { error: "error", warning: "warn", info: "debug", debug: "trace" } as const;
    house.log[to[level]]({ ...meta }, message);
  });
}
