import { asProblem } from "#console/api/as-problem.ts";
import type { Problem } from "#console/api/problem.ts";

/** A pause before the skeleton shows, so that a quick answer does not flicker. */
const patienceMs = 200;

/** What a page waits for: the last value stays while the next one is on its way. */
export class Answer<Value> {
  value = $state.raw<Value>();
  problem = $state.raw<Problem>();
  /** Whether the answer takes longer than a blink. */
  isSlow = $state(false);

  take(asked: Promise<Value>): () => void {
    let isStale = false;
    const timer = setTimeout(() => (this.isSlow = true), patienceMs);
    const settle = (act: () => void) => {
      if (isStale) return;
      clearTimeout(timer);
      this.isSlow = false;
      act();
    };
    asked.then(
      (value) => settle(() => ((this.value = value), (this.problem = undefined))),
      (error: unknown) => settle(() => (this.problem = asProblem(error))),
    );
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }
}

/**
 * Follows a promise that changes with the page: `const users = follow(() => data.users)`.
 * Only the answer to the latest question counts.
 */
export function follow<Value>(asked: () => Promise<Value>): Answer<Value> {
  const answer = new Answer<Value>();
  $effect(() => answer.take(asked()));
  return answer;
}
