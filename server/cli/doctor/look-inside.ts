import { lockAdministrators } from "#server/db/sql/users.ts";
import type { House } from "#server/house.ts";
import { readKeys } from "#server/oidc/keys.ts";
import { readSetting } from "#server/settings/read-settings.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** A worker takes a job within a second; one that waits this long has nobody to take it. */
const lateSeconds = 60;

/** Whether the signing keys can be opened. */
export async function lookAtKeys(house: House): Promise<Finding> {
  try {
    const { keys } = await readKeys(house);
    if (keys.length === 0) return ok("signing keys", "They are made on the first start.");
    return ok("signing keys", `${keys.length} can be opened (${keys.map((key) => key.alg).join(", ")}).`);
  } catch (error) {
    return fail(
      "signing keys",
      error instanceof Error ? error.message : String(error),
      "Set SECRET_KEY to the key they were made with, or put it into SECRET_KEY_PREVIOUS.",
    );
  }
}

/** Whether anybody can administer. */
export async function lookAtAdministrator({ db }: House): Promise<Finding> {
  const administrators = await db.inTransaction(async (tx) => await lockAdministrators(tx, adminRole));
  if (administrators.length > 0) return ok("administrator", `${administrators.length} can sign in.`);
  return warn("administrator", "Nobody can sign in to the console.", "`gatehouse setup-link` lets you make the first.");
}

/** Whether a worker takes the jobs. Reads a few rows: jobs that are done are gone. */
export async function lookAtJobs({ db }: House): Promise<Finding> {
  const row = await db.row<{ waiting: number; late: number; given_up: number }>(
    `select count(*) filter (where locked_at is null and attempts < max_attempts)::int as waiting,
       count(*) filter (where locked_at is null and attempts < max_attempts
         and run_at < now() - make_interval(secs => $1))::int as late,
       count(*) filter (where attempts >= max_attempts)::int as given_up
     from graphile_worker.jobs`,
    [lateSeconds],
  );
  const { waiting = 0, late = 0, given_up: givenUp = 0 } = row ?? {};
  if (late > 0) {
    return warn(
      "worker",
      `${late} jobs have waited for over a minute.`,
      "See that `gatehouse start` runs with a worker.",
    );
  }
  if (givenUp > 0) return warn("worker", `${givenUp} jobs failed for good.`, "The log of the worker says why.");
  return ok("worker", waiting === 0 ? "No job waits." : `${waiting} jobs wait for their time.`);
}

/** Whether mails stay behind. Uses mails by state. */
export async function lookAtMails({ db, config }: House): Promise<Finding> {
  const rows = await db.rows<{ state: string; count: number }>(
    "select state, count(*)::int as count from mails where state <> 'sent' group by state",
  );
  const of = (state: string) => rows.find((row) => row.state === state)?.count ?? 0;
  if (of("failed") > 0) {
    return warn(
      "outbox",
      `${of("failed")} mails could not be sent.`,
      "The console shows why under Mails, and sends again.",
    );
  }
  if (config.smtpUrl === undefined && of("kept") > 0)
    return ok("outbox", `${of("kept")} mails are kept to be read there.`);
  return ok("outbox", of("waiting") === 0 ? "No mail waits." : `${of("waiting")} mails wait.`);
}

/** Whether sign-ins wait for mails that nobody gets. */
export async function lookAtProtection({ db, config }: House): Promise<Finding> {
  const isDefault = await readSetting(db, "protection.default");
  const row = await db.row("select 1 from users where protection = 'on' and deleted_at is null limit 1");
  if (!isDefault && row === undefined) return ok("account protection", "No sign-in waits for a link by mail.");
  if (config.smtpUrl !== undefined) return ok("account protection", "Sign-ins from elsewhere wait for a link by mail.");
  return warn(
    "account protection",
    "Sign-ins from elsewhere wait for a link by mail, and no mail leaves.",
    "Set SMTP_URL, or `gatehouse settings set protection.default false`.",
  );
}
