import type { UserRow } from "../db/sql/users.ts";
import type { Settings } from "../settings/definitions.ts";

/** What a second factor is to a sign-in. */
export type FactorLevel = "off" | "optional" | "required";

const levels = ["off", "optional", "required"] as const satisfies FactorLevel[];

/**
 * What a second factor is to a sign-in of a user at an app. An app that requires one gets one, whoever the user is.
 * Then a rule of the user's own counts: an administrator made it as an exception. Else the organization and the role
 * each say something, and the more that is asked for wins.
 */
export function factorLevel(
  user: Pick<UserRow, "factor_rule" | "role_factor_policy">,
  app: { requireFactor: boolean },
  settings: Pick<Settings, "factors.policy">,
): FactorLevel {
  if (app.requireFactor || user.factor_rule === "require") return "required";
  if (user.factor_rule === "forbid") return "off";
  if (user.factor_rule === "allow") return "optional";
  const asked = [settings["factors.policy"], user.role_factor_policy ?? "off"];
  return levels.findLast((level) => asked.includes(level)) ?? "off";
}

/** What a sign-in asks for at a level. */
export function factorStep(level: FactorLevel, hasFactor: boolean): "none" | "ask" | "enroll" {
  if (level === "off") return "none";
  if (hasFactor) return "ask";
  return level === "required" ? "enroll" : "none";
}
