/** The tabs of a user's page, as the address names them; the first one has no name there. */
export const userTabs = ["profile", "security", "groups", "apps", "devices", "sessions", "log"] as const;
export type UserTab = (typeof userTabs)[number];
