import type { AppKind } from "./app-form.ts";

/** The tabs of an app's page, as the address names them; the first one has no name there. */
export const appTabs = ["connect", "settings", "access", "permissions", "signouts"] as const;
export type AppTab = (typeof appTabs)[number];

/** The tabs that an app of a kind has: one without people has nothing to say about them. */
export function tabsOf(kind: AppKind): readonly AppTab[] {
  return kind === "machine" ? ["connect", "settings"] : appTabs;
}
