import { isPermission } from "../contract/permissions.ts";
import type { Actor } from "../db/work.ts";
import type { DirectoryId, UserId } from "../kernel/ids.ts";
import type { Rules } from "../permissions/rules.ts";

/** What the policy needs to know of the account that is acted on. */
export interface UserTarget {
  id: UserId;
  directoryId: DirectoryId | null;
  /** What the role of the account allows. */
  permissions: readonly string[];
}

type Asked = { actor: Actor; target: UserTarget };

const isSelf = ({ actor, target }: Asked) => actor.kind === "user" && actor.id === target.id;
const owns = ({ actor, target }: Asked) => actor.kind === "directory" && actor.id === target.directoryId;
// Whoever holds a directory's token, or may make one, must not become an administrator by setting the password or the
// email of one: what leads into an account that holds permissions is not a directory's to set.
const ownsHarmless = (asked: Asked) => owns(asked) && asked.target.permissions.length === 0;
// Whoever manages accounts does so only up to their own permissions, else they could take over an administrator.
const manages = ({ actor, target }: Asked) =>
  actor.can("accounts") && target.permissions.filter(isPermission).every((permission) => actor.can(permission));

export const userRules = {
  "user.create": ({ actor, target }) => actor.can("accounts") || owns({ actor, target }),
  "user.read": (asked) => asked.actor.can("accounts") || owns(asked) || isSelf(asked),
  "user.update": (asked) => manages(asked) || owns(asked),
  "user.editOwn": isSelf,
  "user.changeStatus": (asked) => manages(asked) || owns(asked),
  "user.delete": (asked) => manages(asked) || owns(asked),
  "user.changeEmail": (asked) => manages(asked) || ownsHarmless(asked),
  "user.setPassword": (asked) => manages(asked) || ownsHarmless(asked) || isSelf(asked),
  "user.removeIdentity": (asked) => manages(asked),
  "user.invite": (asked) => manages(asked) || owns(asked),
  "user.copyLink": manages,
  "user.endSessions": (asked) => manages(asked) || isSelf(asked),
} satisfies Rules<UserTarget, string>;
