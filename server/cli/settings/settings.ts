import { failure } from "#server/contract/failure.ts";
import type { Queryable } from "#server/db/queryable.ts";
import type { Work } from "#server/db/work.ts";
import { definitions, isSettingKey } from "#server/settings/definitions.ts";
import type { SettingKey } from "#server/settings/definitions.ts";
import { readSettings } from "#server/settings/read-settings.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { nearest } from "../words/nearest.ts";

export interface ShownSetting {
  key: string;
  value: boolean | number | string;
  default: boolean | number | string;
  summary: string;
  group: string;
}

const keys = Object.keys(definitions) as SettingKey[];

/** One setting. @throws setting.missing */
export async function getSetting(from: Queryable, key: string): Promise<ShownSetting> {
  const known = requireKey(key);
  return present(known, (await readSettings(from))[known]);
}

/** All settings in the order of their definitions. */
export async function listSettings(from: Queryable): Promise<ShownSetting[]> {
  const settings = await readSettings(from);
  return keys.map((key) => present(key, settings[key]));
}

/** Changes a setting; the text is read as the setting's own type. @throws setting.missing setting.invalid */
export async function changeSetting(work: Work, key: string, value: string): Promise<ShownSetting> {
  const known = requireKey(key);
  return present(known, await setSetting(work, known, value));
}

function requireKey(key: string): SettingKey {
  if (isSettingKey(key)) return key;
  const meant = nearest(key, keys);
  const hint = meant === undefined ? "`gatehouse settings get` lists all." : `Did you mean ${meant}?`;
  throw failure("setting.missing", { says: `There is no setting ${JSON.stringify(key)}. ${hint}` });
}

function present(key: SettingKey, value: ShownSetting["value"]): ShownSetting {
  const { group, summary, default: standard } = definitions[key];
  return { key, value, default: standard, summary, group };
}
