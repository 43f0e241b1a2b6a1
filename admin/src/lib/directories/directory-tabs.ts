/** The tabs of a directory's page, as the address names them; the first one has no name there. */
export const directoryTabs = ["connect", "requests", "settings"] as const;
