import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { failure } from "../contract/failure.ts";
import type { Db } from "../db/connect.ts";
import { hashSecret } from "../kernel/secrets.ts";

/**
 * Limits on guessing (S6; NIST SP 800-63B-4: at most 100 failures in a row). Names are counted as typed, whether an
 * account has them or not, so a wait tells nothing about who exists. A name is counted together with the network it
 * comes from: a stranger elsewhere cannot lock its owner out, only slow everyone down a little by the third row.
 */
const limits = {
  /** Tries for one name from one network. */
  nameAndNetwork: { points: 10, duration: 15 * 60, blockDuration: 5 * 60 },
  /** Tries from one network for any name. */
  network: { points: 100, duration: 15 * 60, blockDuration: 15 * 60 },
  /** Tries for one name from anywhere: 100 in an hour, then a wait of a minute at a time. */
  name: { points: 100, duration: 60 * 60, blockDuration: 60 },
  /** Codes of second factors for one account, of every kind and in every sign-in (CVE-2025-64102). */
  factor: { points: 10, duration: 15 * 60, blockDuration: 15 * 60 },
  /** Mails that one name can be made to receive. */
  mails: { points: 5, duration: 60 * 60, blockDuration: 0 },
} as const;

export type Throttled = keyof typeof limits;
export type Throttle = Record<Throttled, RateLimiterPostgres>;

/** Opens the counters, which every server process shares through the table `throttles`. */
export function makeThrottle(db: Db): Throttle {
  const open = (name: Throttled) =>
    new RateLimiterPostgres({
      storeClient: db.pool,
      storeType: "pool",
      tableName: "throttles",
      tableCreated: true,
      keyPrefix: name,
      clearExpiredByTimeout: false,
      ...limits[name],
    });
  return {
    nameAndNetwork: open("nameAndNetwork"),
    network: open("network"),
    name: open("name"),
    factor: open("factor"),
    mails: open("mails"),
  };
}

/**
 * Counts one try before it is made.
 *
 * @throws signin.throttled with the seconds to wait
 */
export async function countTry(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(digest(key));
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw failure("signin.throttled", { retryAfterSeconds: seconds, data: { seconds } });
  }
}

/** Forgets the failures of a name from a network once the right password came. */
export async function forgiveTries(limiter: RateLimiterPostgres, key: string): Promise<void> {
  await limiter.delete(digest(key));
}

/** Counters are kept under digests: the table shall not be a list of typed names, some of which are passwords. */
function digest(key: string): string {
  return hashSecret(key).toString("base64url");
}

/** The network of an address: the whole IPv4 address, the first 64 bits of an IPv6 one, which one household has. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return address.includes(":") && !address.startsWith("::ffff:") ? address.split(":").slice(0, 4).join(":") : address;
}
