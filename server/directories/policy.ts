import type { Rules } from "../permissions/rules.ts";

export const directoryRules = {
  "directory.read": ({ actor }) => actor.can("directories"),
  "directory.create": ({ actor }) => actor.can("directories"),
  "directory.update": ({ actor }) => actor.can("directories"),
  "directory.delete": ({ actor }) => actor.can("directories"),
  "directory.test": ({ actor }) => actor.can("directories"),
} satisfies Rules<null, string>;
