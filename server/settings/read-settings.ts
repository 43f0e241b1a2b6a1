import { prepared } from "../db/queryable.ts";
import type { Queryable } from "../db/queryable.ts";
import { VersionMemory } from "../db/version-memory.ts";
import type { Versions } from "../db/versions.ts";
import { definitions, isSettingKey } from "./definitions.ts";
import type { SettingKey, Settings } from "./definitions.ts";

// One unit of work asks for settings in several places; they are read once for it.
const readInWork = new WeakMap<Queryable, Promise<Settings>>();

/**
 * All settings: what the organization chose, else the defaults. One row for each that was chosen.
 * Within a transaction they stay what they were when it first asked, unless it changes one itself.
 */
export async function readSettings(from: Queryable): Promise<Settings> {
  if (!("transaction" in from)) return await selectSettings(from);
  const known = readInWork.get(from);
  if (known !== undefined) return await known;
  const reading = selectSettings(from);
  readInWork.set(from, reading);
  return await reading;
}

/** The settings as a process remembers them, read again when their version is another one. */
export class SettingsMemory extends VersionMemory<Settings> {
  constructor(from: Queryable) {
    super(async () => await selectSettings(from));
  }
}

const memories = new WeakMap<Queryable, SettingsMemory>();

/** All settings, as a process remembers them or reads them once: for requests, of which there are many. */
export async function currentSettings(from: Queryable, { settings }: Pick<Versions, "settings">): Promise<Settings> {
  const memory = memories.get(from) ?? new SettingsMemory(from);
  memories.set(from, memory);
  return await memory.at(settings);
}

/** Tells a unit of work the settings that its request was read by, so that it need not read them again. */
export function knowSettings(from: Queryable, settings: Settings): void {
  readInWork.set(from, Promise.resolve(settings));
}

/** Lets a transaction read its settings anew, after it changed one. */
export function forgetSettings(from: Queryable): void {
  readInWork.delete(from);
}

const all = prepared("select key, value from settings");

async function selectSettings(from: Queryable): Promise<Settings> {
  const rows = await from.rows<{ key: string; value: unknown }>(all);
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
