import type { FactorKind } from "../contract/users.ts";
import { factorKinds } from "../contract/users.ts";
import type { Queryable } from "../db/queryable.ts";
import { countCodes, selectFactors } from "../db/sql/factors.ts";
import type { FactorRow } from "../db/sql/factors.ts";
import type { UserRow } from "../db/sql/users.ts";
import { readSetting } from "../settings/read-settings.ts";

/** How a second factor is proven. */
export type ProofWay = FactorKind | "recovery";

/** The second factors of a user. */
export interface FactorState {
  factors: FactorRow[];
  codesLeft: number;
  /** The ways in which a sign-in can be confirmed, the one that is asked for first at the front; none without a factor. */
  ways: ProofWay[];
}

/** Reads what a user can prove a sign-in with. */
export async function readFactors(from: Queryable, user: Pick<UserRow, "id" | "default_factor">): Promise<FactorState> {
  const factors = await selectFactors(from, user.id, await readSetting(from, "factors.email"));
  const codesLeft = await countCodes(from, user.id);
  const kinds = factorKinds.filter((kind) => factors.some((factor) => factor.kind === kind));
  const first = kinds.filter((kind) => kind === user.default_factor);
  const ways: ProofWay[] = [...first, ...kinds.filter((kind) => kind !== user.default_factor)];
  return { factors, codesLeft, ways: kinds.length > 0 && codesLeft > 0 ? [...ways, "recovery"] : ways };
}

/** Whether a user has a second factor. */
export async function hasFactor(from: Queryable, userId: UserRow["id"]): Promise<boolean> {
  return (await selectFactors(from, userId, await readSetting(from, "factors.email"))).length > 0;
}
