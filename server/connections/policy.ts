import type { Rules } from "../permissions/rules.ts";

// Whoever runs a connection decides who its people are. Accounts that hold permissions are linked by hand alone, and
// by somebody who manages that account (see identities.ts), so that this is no way to become an administrator.
export const connectionRules = {
  "connection.read": ({ actor }) => actor.can("settings"),
  "connection.create": ({ actor }) => actor.can("settings"),
  "connection.update": ({ actor }) => actor.can("settings"),
  "connection.delete": ({ actor }) => actor.can("settings"),
} satisfies Rules<null, string>;
