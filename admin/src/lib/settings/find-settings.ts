import type { Reply } from "#console/api/call.ts";
import { say, viewer } from "#console/words/say.svelte.ts";

export type Setting = Reply<"listSettings">["items"][number];

/** The name of a setting in the viewer's language. */
export function settingName(setting: Setting): string {
  return say.settingNames[setting.key] ?? setting.key;
}

/** What a setting does, in the viewer's language. */
export function settingMeaning(setting: Setting): string {
  return viewer.language === "en" ? setting.summary : (say.settingTexts[setting.key] ?? setting.summary);
}

/** Settings by their section, as far as every word of a search is in their name, meaning, key or section. */
export function findSettings(
  settings: readonly Setting[],
  { q, onlyChanged }: { q: string; onlyChanged: boolean },
): [group: string, settings: Setting[]][] {
  const words = fold(q).split(/\s+/);
  const byGroup = new Map<string, Setting[]>();
  for (const setting of settings) {
    if (onlyChanged && setting.value === setting.default) continue;
    const section = `${say.settingGroups[setting.group] ?? ""} ${say.settingGroupTexts[setting.group] ?? ""}`;
    const text = fold(`${settingName(setting)} ${settingMeaning(setting)} ${setting.key} ${section}`);
    if (!words.every((word) => text.includes(word))) continue;
    byGroup.set(setting.group, [...(byGroup.get(setting.group) ?? []), setting]);
  }
  return [...byGroup];
}

/** Without regard to case and to the width of Japanese letters. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
