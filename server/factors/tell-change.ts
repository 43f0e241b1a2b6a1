import type { FactorKind } from "../contract/users.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import type { Jobs } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";

/** Tells a person by mail that their second factors were changed (ASVS 6.3.7). */
export function tellFactorChange(
  work: Work,
  userId: UserId,
  change: Jobs["factor.tellChanged"]["change"],
  more: { kind?: FactorKind; codesLeft?: number } = {},
): void {
  const { actor } = work;
  addJob(work.tx, "factor.tellChanged", {
    userId,
    change,
    by: actor.kind === "user" && actor.id === userId ? "self" : "administrator",
    ...more,
    ...(actor.address === undefined ? {} : { address: actor.address }),
  });
}
