import { Logger, parseCronItems, run } from "graphile-worker";
import type { JobHelpers, TaskList } from "graphile-worker";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import type { JobName, Jobs } from "../jobs/add-job.ts";
import { advanceKeys } from "../oidc/rotate-keys.ts";
import { cleanExpired } from "./clean-expired.ts";
import { sendActivation, sendReset, sendResetTo, tellPasswordChanged } from "./send-link-mail.ts";
import { sendMail } from "./send-mail.ts";
import { openTransport } from "./transport.ts";

type Handler<Name extends JobName> = (payload: Jobs[Name], helpers: JobHelpers) => Promise<void>;

/**
 * Runs jobs until it is closed. Any number of workers on any number of machines share one queue.
 *
 * @returns `close` waits for the jobs that run
 */
export async function workJobs(house: House): Promise<{ close(): Promise<void> }> {
  const transport = openTransport(house.config);
  const handlers: { [Name in JobName]: Handler<Name> } = {
    "mail.send": async ({ mailId }, { job }) =>
      await sendMail(house, transport, mailId, job.attempts >= job.max_attempts),
    "activation.send": async ({ userId }) => await sendActivation(house, userId),
    "reset.send": async ({ login }) => await sendReset(house, login),
    "reset.sendTo": async ({ userId }) => await sendResetTo(house, userId),
    "password.tellChanged": async (payload) => await tellPasswordChanged(house, payload),
    "clean.expired": async () => {
      await cleanExpired(house);
    },
    "keys.advance": async () => {
      const by = { actor: trusted("system", "key rotation"), requestId: "keys.advance" };
      await inWork(house, by, async (work) => await advanceKeys(work));
    },
  };
  const runner = await run({
    pgPool: house.db.pool,
    concurrency: 4,
    // Jobs are picked up by NOTIFY; the poll is for those that wait for their time.
    pollInterval: 2000,
    noHandleSignals: true,
    // Each payload was typed when the job was added; the queue hands it over as unknown.
    taskList: handlers as unknown as TaskList,
    parsedCronItems: parseCronItems([
      { task: "clean.expired", match: "* * * * *", options: { maxAttempts: 1 } },
      { task: "keys.advance", match: "7 * * * *", options: { maxAttempts: 1 } },
    ]),
    logger: logger(house),
  });
  return {
    async close() {
      await runner.stop();
      transport?.close();
    },
  };
}

/** Sends what the queue says to our log. It tells of every job at `info`, which is too much for one line each. */
function logger(house: House): Logger {
  return new Logger(() => (level, message, meta) => {
    const to = { error: "error", warning: "warn", info: "debug", debug: "trace" } as const;
    house.log[to[level]]({ ...meta }, message);
  });
}
