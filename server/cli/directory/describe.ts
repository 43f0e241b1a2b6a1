import { productNames } from "#server/contract/directory-products.ts";
import type { presentDirectory } from "#server/directories/list-directories.ts";
import { facts, table } from "../print/table.ts";

/** A directory in words for people. */
export function describeDirectory(one: ReturnType<typeof presentDirectory>): string {
  const refused = Object.entries(one.switches).filter(([, isOn]) => !isOn);
  const about = facts([
    ["Directory", one.name],
    ["Id", one.id],
    ["Product", productNames[one.product]],
    ["Base URL", one.baseUrl],
    ["State", one.isLeaving ? "being deleted" : one.isPaused ? "paused" : "running"],
    ["Owns", `${one.userCount} accounts, ${one.groupCount} groups`],
    ["Last request", one.lastRequestAt ?? "never"],
    ["Refused in 24 h", `${one.failedCount}${one.failedIsMore ? "+" : ""}`],
    ["Requests a second", one.rateLimit === null ? "no limit" : String(one.rateLimit)],
    ["Takes over by", one.adopt ?? "nothing"],
    ["Passwords", one.ownPasswords ? "are used" : "are not used"],
    ["Habits refused", refused.length === 0 ? "none" : refused.map(([name]) => name).join(", ")],
  ]);
  const tokens = one.tokens.map((token) => [
    token.hint === null ? "" : `…${token.hint}`,
    token.isOver ? "ended" : "works",
    token.expiresAt ?? "never",
    token.lastUsedAt ?? "not yet",
    token.id,
  ]);
  return tokens.length === 0
    ? `${about}\n\nNo token.`
    : `${about}\n\n${table(tokens, ["TOKEN", "STATE", "ENDS", "LAST USED", "ID"])}`;
}
