import { failure } from "../../contract/failure.ts";

/** Requests of one directory that one process works on at a time: fewer than it has connections to the database. */
const mostAtOnce = 6;
/** Those that may wait for a turn; more are sent away for a moment. */
const mostWaiting = 200;

interface Queue {
  busy: number;
  waiting: (() => void)[];
}

/**
 * Lets a directory have only so many requests in work, so that the connections to the database never all belong to
 * one. Others wait their turn in the order in which they came.
 */
export class Turns {
  readonly #queues = new Map<string, Queue>();

  /** @throws request.tooMany too many wait already */
  async take<Result>(directoryId: string, act: () => Promise<Result>): Promise<Result> {
    const queue = this.#queueOf(directoryId);
    if (queue.busy >= mostAtOnce) {
      if (queue.waiting.length >= mostWaiting) throw failure("request.tooMany", { retryAfterSeconds: 1 });
      // The turn is handed over by the one who had it, so `busy` stays.
      await new Promise<void>((resolve) => queue.waiting.push(resolve));
    } else queue.busy += 1;
    try {
      return await act();
    } finally {
      const next = queue.waiting.shift();
      if (next !== undefined) next();
      else queue.busy -= 1;
      if (queue.busy === 0) this.#queues.delete(directoryId);
    }
  }

  #queueOf(directoryId: string): Queue {
    const known = this.#queues.get(directoryId);
    if (known !== undefined) return known;
    const queue = { busy: 0, waiting: [] };
    this.#queues.set(directoryId, queue);
    return queue;
  }
}
