import type { Rules } from "../permissions/rules.ts";

export const appRules = {
  "app.read": ({ actor }) => actor.can("apps"),
  "app.create": ({ actor }) => actor.can("apps"),
  "app.update": ({ actor }) => actor.can("apps"),
  "app.delete": ({ actor }) => actor.can("apps"),
} satisfies Rules<null, string>;
