import type { Queryable } from "../../db/queryable.ts";
import { takeAllowance } from "../../db/sql/scim-allowances.ts";
import { failure } from "../../contract/failure.ts";
import type { IdentifiedDirectory } from "../../directories/identify-directory.ts";

/** A process takes the requests of a tenth of a second at a time, so ten statements a second are the most it costs. */
const leasesPerSecond = 10;

/** What was taken and not used is given up after this long, so that an idle process keeps nothing from a busy one. */
const leaseMs = 1000;

/** The wait of RFC 6585 §4: a bucket fills within a second. */
const retryAfterSeconds = 1;

type Limited = Pick<IdentifiedDirectory, "id" | "rate_limit">;

interface Lease {
  left: number;
  endsAt: number;
  /** An empty bucket is not asked again before this. */
  refusedUntil: number;
  taking: Promise<void> | undefined;
}

/**
 * Holds each directory to its requests per second, over all processes together: the bucket is in the database
 * (see takeAllowance), and each process takes a few at a time and spends them from memory. A directory that asks too
 * much is refused from memory, so its flood costs the others nothing.
 */
export class RateLimit {
  readonly #db: Queryable;
  readonly #leases = new Map<string, Lease>();

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** @throws request.tooMany */
  async admit(directory: Limited): Promise<void> {
    const perSecond = directory.rate_limit;
    if (perSecond === null) return;
    const lease = this.#leaseOf(directory.id);
    for (;;) {
      const now = performance.now();
      if (lease.left > 0 && now < lease.endsAt) {
        lease.left -= 1;
        return;
      }
      if (now < lease.refusedUntil) throw failure("request.tooMany", { retryAfterSeconds });
      lease.taking ??= this.#take(lease, directory, perSecond).finally(() => (lease.taking = undefined));
      await lease.taking;
    }
  }

  #leaseOf(id: string): Lease {
    const known = this.#leases.get(id);
    if (known !== undefined) return known;
    const lease: Lease = { left: 0, endsAt: 0, refusedUntil: 0, taking: undefined };
    this.#leases.set(id, lease);
    return lease;
  }

  async #take(lease: Lease, directory: Limited, perSecond: number): Promise<void> {
    const wanted = Math.max(1, Math.ceil(perSecond / leasesPerSecond));
    const taken = await takeAllowance(this.#db, directory.id, perSecond, wanted);
    const now = performance.now();
    lease.left = taken;
    lease.endsAt = now + leaseMs;
    if (taken === 0) lease.refusedUntil = now + 1000 / Math.min(perSecond, leasesPerSecond);
  }
}
