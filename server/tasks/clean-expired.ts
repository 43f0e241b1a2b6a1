import type { House } from "../house.ts";
import { firstIdAt } from "../kernel/ids.ts";
import { makePartitions } from "./make-partitions.ts";
import { readSettings } from "../settings/read-settings.ts";

// Small enough that nobody waits for the locks of one statement.
const batch = 1000;
// A bound on one run; the next comes a minute later.
const mostBatches = 50;

const idleImports = "import_id in (select id from imports where updated_at < $1)";

/**
 * Deletes what has expired, in small batches that skip rows somebody holds: artefacts of the provider, links, sessions
 * that ended long ago, counters, requests of directories. Also makes the partitions of the coming months.
 *
 * @returns rows deleted
 */
export async function cleanExpired(house: House): Promise<number> {
  const now = house.now();
  const settings = await readSettings(house.db);
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
  await makePartitions(house);
  const sweeps: [table: string, key: string, condition: string, value: unknown][] = [
    // uses oidc_records_expiry
    ["oidc_records", "(model, id)", "expires_at < $1", now],
    // uses single_use_tokens_expiry
    ["single_use_tokens", "id", "expires_at < $1", daysAgo(7)],
    // uses sessions_expiry; kept for a while so that "where was I signed in" can look back
    ["sessions", "id", "expires_at < $1", daysAgo(30)],
    // uses sign_in_attempts_expiry
    ["sign_in_attempts", "id", "expires_at < $1", now],
    // uses sign_in_confirmations_expiry; kept for a day: those of an hour are counted
    ["sign_in_confirmations", "id", "expires_at < $1", daysAgo(1)],
    // uses known_origins_seen
    ["known_origins", "(user_id, kind, key)", "last_seen_at < $1", daysAgo(settings["protection.rememberDays"])],
    // uses upstream_attempts_expiry
    ["upstream_attempts", "id", "expires_at < $1", now],
    // uses upstream_logouts_expiry
    ["upstream_logouts", "(connection_id, jti)", "expires_at < $1", now],
    // uses used_challenges_expiry
    ["used_challenges", "hash", "expires_at < $1", daysAgo(1)],
    // uses idempotency_keys_expiry
    ["idempotency_keys", "hash", "expires_at < $1", now],
    // uses email_codes_expiry
    ["email_codes", "place", "expires_at < $1", now],
    // uses devices_removed
    ["devices", "id", "removed_at < $1", daysAgo(90)],
    // uses logout_notices_created
    ["logout_notices", "id", "created_at < $1", daysAgo(30)],
    // uses bulk_jobs_ended and bulk_results_pkey; results first, and a job when it has none left
    ["bulk_results", "(job_id, user_id)", "job_id in (select id from bulk_jobs where ended_at < $1)", daysAgo(90)],
    [
      "bulk_jobs",
      "id",
      "ended_at < $1 and not exists (select from bulk_results r where r.job_id = bulk_jobs.id)",
      daysAgo(90),
    ],
    // uses activity_days_pkey; thirty days are looked at
    ["activity_days", "(day, part)", "day < $1", daysAgo(60)],
    // uses sign_in_days_pkey
    ["sign_in_days", "(day, part)", "day < $1", daysAgo(400)],
    ["console_sessions", "id", "expires_at < $1", now],
    // there are few
    ["directory_client_credentials", "id", "expires_at < $1", daysAgo(30)],
    // uses throttles_expire
    ["throttles", "key", "expire < $1", now.getTime()],
    // uses directory_tokens_expiry; kept for a while, so that a client that still uses one shows up
    ["directory_tokens", "id", "expires_at < $1", daysAgo(30)],
    // uses imports_finished; what a file said is personal, and taking an import back makes sense for so long
    ["import_rows", "(import_id, number)", idleImports, daysAgo(settings["imports.keepDays"])],
    ["import_keys", "(import_id, kind, key)", idleImports, daysAgo(settings["imports.keepDays"])],
    ["import_chunks", "(import_id, number)", idleImports, daysAgo(settings["imports.keepDays"])],
    [
      "imports",
      "id",
      "updated_at < $1 and not exists (select from import_rows r where r.import_id = imports.id)",
      daysAgo(settings["imports.keepDays"]),
    ],
    // uploads that were broken off
    ["imports", "id", "updated_at < $1 and state = 'uploading'", daysAgo(1)],
    // uses mails_pkey; ids begin with the time
    [
      "mails",
      "id",
      "id < $1",
      firstIdAt(settings["logs.mailDays"] === 0 ? new Date(0) : daysAgo(settings["logs.mailDays"])),
    ],
    // uses directory_requests_at
    ["directory_requests", "id", "at < $1", daysAgo(settings["logs.requestDays"])],
  ];
  // Finishing a job is how the queue lets one go; those that failed for good stay a while for whoever asks why.
  let total = await house.db.run(
    `select graphile_worker.complete_jobs(array(
       select id from graphile_worker.jobs
       where attempts >= max_attempts and locked_at is null and updated_at < $1 limit ${batch}))`,
    [daysAgo(30)],
  );
  for (const [table, key, condition, value] of sweeps) {
    for (let round = 0; round < mostBatches; round += 1) {
      const deleted = await house.db.run(
        `delete from ${table} where ${key} in (
           select ${key.replace(/[()]/g, "")} from ${table} where ${condition} limit ${batch} for update skip locked)`,
        [value],
      );
      total += deleted;
      if (deleted < batch) break;
    }
  }
  return total;
}
