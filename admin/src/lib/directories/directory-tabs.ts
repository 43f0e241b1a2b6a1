/** The tabs of a directory's page, as the address names them; the first one has no name there. */
export const directoryTabs = ["connect", "users", "groups", "requests", "test", "settings"] as const;
export type DirectoryTab = (typeof directoryTabs)[number];

/** Tabs whose list fills the page. */
export const listTabs: readonly DirectoryTab[] = ["users", "groups", "requests"];
