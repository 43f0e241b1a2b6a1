/** What the console says about finding one's way in logs and settings. */
export const recordsEnglish = {
  about: "About",
  whatHappened: "What happened to this",
  whatHappenedOf: (name: string) => `What happened to: ${name}`,
  searchSettings: "Search settings by name or meaning",
  noSetting: (q: string) => `No setting matches “${q}”`,
  noSettingText: "Search looks at names, meanings and the name of the section.",
  sections: "Groups of settings",
  back: (value: string) => `Back to the default: ${value}`,
  found: (count: string) => `${count} settings found`,
  onlyChanged: "Changed from the default only",
  noneChanged: "Every setting is as it was at the start",
};
