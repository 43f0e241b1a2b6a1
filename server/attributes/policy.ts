import type { Rules } from "../permissions/rules.ts";

export const attributeRules = {
  "attribute.change": ({ actor }) => actor.can("settings"),
} satisfies Rules<null, string>;
