import { neededFor } from "../contract/export-columns.ts";
import type { ExportData } from "../contract/export-columns.ts";
import type { Rules } from "../permissions/rules.ts";

/** What the policy needs to know of an export. */
export interface ExportTarget {
  data: ExportData;
  /** Whether it is narrowed to some users, by what is known of them. */
  isOfSomeUsers: boolean;
  hasFullAddresses: boolean;
}

export const exportRules = {
  "export.request": ({ actor, target }) =>
    actor.can("export") && actor.can(neededFor[target.data]) && (!target.isOfSomeUsers || actor.can("accounts")),
  "export.list": ({ actor }) => actor.can("export"),
  "export.end": ({ actor }) => actor.can("export"),
  // A file shows no more to whoever downloads it than pages do.
  "export.download": ({ actor, target }) =>
    actor.can("export") &&
    actor.can(neededFor[target.data]) &&
    (!target.isOfSomeUsers || actor.can("accounts")) &&
    (!target.hasFullAddresses || actor.can("fullAddresses")),
} satisfies Rules<ExportTarget, string>;
