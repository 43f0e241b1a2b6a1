import type { Rules } from "../permissions/rules.ts";

export const attributeRules = {
  // Whoever fills in forms must know what is in them.
  "attribute.read": ({ actor }) => actor.can("settings") || actor.can("accounts"),
  "attribute.change": ({ actor }) => actor.can("settings"),
} satisfies Rules<null, string>;
