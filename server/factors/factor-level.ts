import type { FactorRule } from "../contract/users.ts";
import type { Settings } from "../settings/definitions.ts";

/** What a second factor is to a sign-in. */
export type FactorLevel = "off" | "optional" | "required";

/**
 * What a second factor is to a sign-in of a user at an app. An app that requires one gets one, whoever the user is;
 * then the user's own rule counts, then the organization's policy.
 */
export function factorLevel(
  user: { factor_rule: FactorRule | null },
  app: { requireFactor: boolean },
  settings: Pick<Settings, "factors.policy">,
): FactorLevel {
  if (app.requireFactor || user.factor_rule === "require") return "required";
  if (user.factor_rule === "forbid") return "off";
  if (user.factor_rule === "allow") return "optional";
  return settings["factors.policy"] as FactorLevel;
}

/** What a sign-in asks for at a level. */
export function factorStep(level: FactorLevel, hasFactor: boolean): "none" | "ask" | "enroll" {
  if (level === "off") return "none";
  if (hasFactor) return "ask";
  return level === "required" ? "enroll" : "none";
}
