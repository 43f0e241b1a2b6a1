import { failure } from "../contract/failure.ts";
import type { Actor } from "../db/work.ts";

/** A policy that reads as a table: the name of the act, and who may do it to what. */
export type Rules<Target, Name extends string> = Record<Name, (asked: { actor: Actor; target: Target }) => boolean>;

/**
 * Refuses what the policy does not allow. Called inside the command, so that no door can forget it.
 *
 * @param field what of the target it is about, if not all of it
 * @throws access.denied
 */
export function allow<Target, Name extends string>(
  rules: Rules<Target, Name>,
  actor: Actor,
  act: NoInfer<Name>,
  target: NoInfer<Target>,
  field?: string,
): void {
  if (!rules[act]({ actor, target })) throw failure("access.denied", field === undefined ? {} : { field });
}
