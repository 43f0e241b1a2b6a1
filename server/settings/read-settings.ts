import type { Queryable } from "../db/connect.ts";
import { definitions, isSettingKey } from "./definitions.ts";
import type { SettingKey, Settings } from "./definitions.ts";

/** All settings: what the organization chose, else the defaults. One row for each that was chosen. */
export async function readSettings(from: Queryable): Promise<Settings> {
  const rows = await from.rows<{ key: string; value: unknown }>("select key, value from settings");
  const settings: Record<string, unknown> = Object.fromEntries(
    Object.entries(definitions).map(([key, definition]) => [key, definition.default]),
  );
  for (const { key, value } of rows) {
    // A value from a release with other bounds falls back to the default.
    if (isSettingKey(key) && definitions[key].schema.safeParse(value).success) settings[key] = value;
  }
  return settings as Settings;
}

/** One setting. */
export async function readSetting<Key extends SettingKey>(from: Queryable, key: Key): Promise<Settings[Key]> {
  return (await readSettings(from))[key];
}
