import { failure } from "../contract/failure.ts";
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

/**
 * A group of a directory is changed by that directory alone: it sends what it knows again, and would undo what somebody
 * did here. The house itself cleans up after directories.
 *
 * @throws group.ofDirectory
 */
export function requireOwnHands(actor: Actor, target: GroupTarget): void {
  if (target.directoryId === null || actor.kind === "directory" || actor.kind === "system") return;
  throw failure("group.ofDirectory");
}
