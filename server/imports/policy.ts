import type { Rules } from "../permissions/rules.ts";

/** An import does nothing that its person could not do row by row; each row asks the rules of accounts, too. */
export const importRules = {
  "import.read": ({ actor }) => actor.can("accounts"),
  "import.change": ({ actor }) => actor.can("accounts"),
} satisfies Rules<null, string>;
