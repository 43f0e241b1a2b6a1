import type { Actor } from "../db/work.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import type { Rules } from "../permissions/rules.ts";

export interface GroupTarget {
  directoryId: DirectoryId | null;
}

type Asked = { actor: Actor; target: GroupTarget };

const owns = ({ actor, target }: Asked) => actor.kind === "directory" && actor.id === target.directoryId;

export const groupRules = {
  "group.read": (asked) => asked.actor.can("groups") || owns(asked),
  "group.create": (asked) => asked.actor.can("groups") || owns(asked),
  "group.update": (asked) => asked.actor.can("groups") || owns(asked),
  "group.delete": (asked) => asked.actor.can("groups") || owns(asked),
} satisfies Rules<GroupTarget, string>;
