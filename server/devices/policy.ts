import type { Actor } from "../db/work.ts";
import type { Rules } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import type { UserTarget } from "../users/policy.ts";

type Asked = { actor: Actor; target: UserTarget };

export const deviceRules = {
  "device.list": (asked: Asked) => userRules["user.read"](asked),
  "device.remove": (asked: Asked) => userRules["user.endSessions"](asked),
} satisfies Rules<UserTarget, string>;
