import type { BulkAction } from "#contract/bulk.ts";
import type { IconName } from "#console/parts/icons.ts";

export const bulkIcons = {
  enable: "check",
  disable: "pause",
  block: "ban",
  unblock: "check",
  setRole: "key",
  addToGroup: "groups",
  removeFromGroup: "minus",
  sendActivation: "mail",
  sendWelcome: "mail",
  sendPasswordReset: "mail",
  resetFactors: "shield",
  endSessions: "sign-out",
  delete: "trash",
} as const satisfies Record<BulkAction, IconName>;

/** What people feel at once. */
export const harsh: ReadonlySet<BulkAction> = new Set<BulkAction>([
  "disable",
  "block",
  "removeFromGroup",
  "resetFactors",
  "endSessions",
  "delete",
]);

/** What takes an action back for those whom it changed. */
export const undoneBy: Partial<Record<BulkAction, BulkAction>> = {
  enable: "disable",
  disable: "enable",
  block: "unblock",
  unblock: "block",
  addToGroup: "removeFromGroup",
  removeFromGroup: "addToGroup",
};

/** Which leave out the account of whoever starts them. */
export const sparesStarter: ReadonlySet<BulkAction> = new Set<BulkAction>([
  "disable",
  "block",
  "setRole",
  "resetFactors",
  "endSessions",
  "delete",
]);

export function isForGroup(action: BulkAction): boolean {
  return action === "addToGroup" || action === "removeFromGroup";
}
