import type { Actor } from "../db/work.ts";
import type { Rules } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import type { UserTarget } from "../users/policy.ts";

type Asked = { actor: Actor; target: UserTarget };

const isSelf = ({ actor, target }: Asked) => actor.kind === "user" && actor.id === target.id;

export const factorRules = {
  // Nobody holds a factor for somebody else.
  "factor.enroll": isSelf,
  "factor.remove": isSelf,
  "factor.choose": (asked: Asked) =>
    isSelf(asked) || (userRules["user.update"](asked) && asked.actor.kind !== "directory"),
  "factor.reset": (asked: Asked) => userRules["user.update"](asked) && asked.actor.kind !== "directory",
} satisfies Rules<UserTarget, string>;
