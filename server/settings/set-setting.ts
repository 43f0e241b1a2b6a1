import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { definitions, isSettingKey } from "./definitions.ts";
import { forgetSettings, readSettings } from "./read-settings.ts";

/**
 * Changes a setting of the organization. Text from the command line is read as the setting's own type.
 *
 * @throws access.denied    the actor may not change settings
 * @throws setting.missing  no setting has this key
 * @throws setting.invalid  the value does not fit
 */
export async function setSetting(work: Work, key: string, value: unknown): Promise<boolean | number | string> {
  if (!work.actor.can("settings")) throw failure("access.denied");
  if (!isSettingKey(key)) throw failure("setting.missing", { field: "key" });
  const parsed = definitions[key].schema.safeParse(value);
  if (!parsed.success) {
    throw failure("setting.invalid", { field: "value", says: `${key}: ${definitions[key].summary}` });
  }
  const before = (await readSettings(work.tx))[key];
  if (before === parsed.data) return before;
  await work.tx.models.Setting.upsert(
    { key, value: parsed.data, updatedAt: work.now },
    { transaction: work.tx.transaction },
  );
  forgetSettings(work.tx);
  // Sessions have their end written down; those that would live too long now are found by a job.
  if (key.startsWith("sessions.")) addJob(work.tx, "sessions.shorten", {}, { key: "sessions.shorten" });
  record(work, {
    type: "setting.changed",
    subject: { kind: "setting", id: key, name: key },
    changes: { [key]: { from: before, to: parsed.data } },
  });
  return parsed.data;
}
