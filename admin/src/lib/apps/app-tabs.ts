/** The tabs of an app's page, as the address names them; the first one has no name there. */
export const appTabs = ["connect", "signouts"] as const;
