import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import type { Page } from "../db/keyset.ts";
import { selectOnboardingPage } from "../db/sql/onboarding-list.ts";
import type { OnboardingRow } from "../db/sql/onboarding-list.ts";
import { countUserList } from "../db/sql/user-list.ts";
import type { Work } from "../db/work.ts";
import { readUserFilter } from "../users/find-users.ts";

/**
 * One page of the people who have not completed onboarding, with their total (O1): those without a password who have
 * not signed in any other way. Who is disabled could not, and is not asked to.
 *
 * @throws access.denied request.invalid request.cursorInvalid
 */
export async function findWaiting(
  work: Work,
  query: {
    q?: string | undefined;
    directory?: string | undefined;
    invitation?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  },
): Promise<Page<OnboardingRow> & { total: number; totalIsMore: boolean }> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const { q, directory, invitation } = query;
  const filter = await readUserFilter(work.tx, { q, directory, invitation, status: "pending" });
  const page = await selectOnboardingPage(work.tx, filter, query);
  const count = await countUserList(work.tx, filter, totalLimit);
  return { ...page, total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}
