import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { failure } from "../contract/failure.ts";
import type { Failure } from "../contract/failure.ts";
import type { Db } from "../db/connect.ts";
import type { Queryable } from "../db/queryable.ts";
import { settleTry, takeTry } from "../db/sql/throttles.ts";
import type { UserId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";

const hour = 60 * 60;
const day = 24 * hour;

/**
 * Limits on guessing (S6; NIST SP 800-63B-4 §3.2.2). Names are counted as typed, whether an account has them or not,
 * so a wait tells nothing about who exists. Durations are in seconds and run from the first point; none is ever
 * prolonged, because `blockDuration`, which overwrites the end of a count, is used nowhere.
 */
const limits = {
  /** Failures from one network for any name. Successes do not count: an office of thousands may be one network. */
  network: { points: 100, duration: hour / 4 },
  /** Reset mails asked for from one network, for any name. */
  resets: { points: 100, duration: hour / 4 },
  /** Wrong codes of devices from one network. */
  userCodes: { points: 20, duration: hour / 4 },
  /** Questions of one device whether its code is answered for: every five seconds is what it is told (RFC 8628 §3.5). */
  polls: { points: 20, duration: 60 },
  /** Failures for one name from networks where it has not signed in lately (`known`). */
  name: { points: 100, duration: hour },
  /** Mails that one name can be made to receive. */
  mails: { points: 5, duration: hour },
  /** Codes for a sign-in that one account can be made to receive; each comes after the right password. */
  codeMails: { points: 10, duration: hour },
  /** Failures in a row: of a name from one network, at the own account page, of codes of an account. From the tenth on each has a wait. */
  inARow: { points: 10, duration: day },
  /** The wait after such a failure; it holds one try, and each is as long as `waitAfter` says. */
  waits: { points: 1, duration: 1 },
  /** Networks from which a name has signed in: there a stranger elsewhere, who uses up `name`, is not in its way. */
  known: { points: 1, duration: 30 * day },
} as const;

export type Throttled = keyof typeof limits;
export interface Throttle extends Record<Throttled, RateLimiterPostgres> {
  db: Queryable;
}

/** Leave to try one password. It is counted as a failure until one of these says otherwise. */
export interface Leave {
  /** The right password came. */
  succeed(): Promise<void>;
  /** No password was tried after all. */
  takeBack(): Promise<void>;
}

/** No leave. */
export interface Refusal {
  waitSeconds: number;
  /** Whether nobody has been refused for the same reason before, in this wait: the log has one line of each. */
  isFirst: boolean;
}

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
    db,
    network: open("network"),
    resets: open("resets"),
    userCodes: open("userCodes"),
    polls: open("polls"),
    name: open("name"),
    mails: open("mails"),
    codeMails: open("codeMails"),
    inARow: open("inARow"),
    waits: open("waits"),
    known: open("known"),
  };
}

/**
 * Asks for leave to try a password for a name, from a network. It is counted before the password is checked, so that
 * any number of tries at once are as many as one after the other.
 */
export async function beginSignIn(throttle: Throttle, name: string, network: string): Promise<Leave | Refusal> {
  const { db } = throttle;
  const pair = `${name}\n${network}`;
  const keyOf = (counter: Throttled, key: string) => throttle[counter].getKey(digest(key));
  const keys = {
    known: keyOf("known", pair),
    waits: keyOf("waits", pair),
    inARow: keyOf("inARow", pair),
    name: keyOf("name", name),
    network: keyOf("network", network),
  };
  const now = Date.now();
  const endOf = (counter: Throttled) => now + limits[counter].duration * 1000;
  const ends = { inARow: endOf("inARow"), name: endOf("name"), network: endOf("network") };
  const counted = await takeTry(db, keys, now, ends);
  const taken = (["inARow", "name", "network"] as const).filter((counter) => counted[counter] !== null);
  const takeBack = async (over: Throttled[] = []) => {
    const back = taken.map((counter) => keys[counter]);
    await settleTry(db, { back, over: over.map((counter) => keys[counter as "waits"]) }, Date.now());
  };
  const isPast = taken.some((counter) => counter !== "inARow" && (counted[counter] ?? 0) > limits[counter].points);
  if (counted.mustWait || isPast) {
    if (taken.length > 0) await takeBack();
    return await beginOneByOne(throttle, { name, network, pair, isKnown: counted.isKnown });
  }
  const hasWait = (counted.inARow ?? 0) >= limits.inARow.points;
  if (hasWait) {
    // The wait begins with the try: of many at once, one passes.
    const wait = await take(throttle.waits, pair, waitAfter(counted.inARow ?? 0));
    if (isRefusal(wait)) {
      await takeBack();
      return wait;
    }
  }
  return {
    async succeed() {
      const known = { key: keys.known, until: Date.now() + limits.known.duration * 1000 };
      const back = taken.filter((counter) => counter !== "inARow").map((counter) => keys[counter]);
      const over = [keys.inARow, ...(hasWait ? [keys.waits] : [])];
      await settleTry(db, { back, over, known }, Date.now());
    },
    takeBack: async () => await takeBack(hasWait ? ["waits"] : []),
  };
}

/** The same where a limit is reached, which says which one refuses. */
async function beginOneByOne(
  throttle: Throttle,
  { name, network, pair, isKnown }: { name: string; network: string; pair: string; isKnown: boolean },
): Promise<Leave | Refusal> {
  const taken: Leave[] = [];
  for (const begin of [
    async () => await take(throttle.network, network),
    async () => await beginGuess(throttle, pair),
    ...(isKnown ? [] : [async () => await take(throttle.name, name)]),
  ]) {
    const leave = await begin();
    if (isRefusal(leave)) {
      for (const one of taken) await one.takeBack();
      return leave;
    }
    taken.push(leave);
  }
  return {
    async succeed() {
      for (const one of taken) await one.succeed();
      await throttle.known.set(digest(pair), 1, limits.known.duration);
    },
    async takeBack() {
      for (const one of taken) await one.takeBack();
    },
  };
}

/**
 * Asks for leave to guess once more where failures in a row make the waits longer. They are forgotten after a success,
 * or a day after the first: about forty guesses a day.
 */
export async function beginGuess(throttle: Throttle, key: string): Promise<Leave | Refusal> {
  const { inARow, waits } = throttle;
  const id = digest(key);
  if ((await waits.get(id)) !== null) return refusalFrom(await waits.penalty(id), waits);
  const { consumedPoints: count } = await inARow.penalty(id);
  const hasWait = count >= limits.inARow.points;
  if (hasWait) {
    // The wait begins with the try: of many at once, one passes.
    const wait = await take(waits, key, waitAfter(count));
    if (isRefusal(wait)) {
      await inARow.reward(id);
      return wait;
    }
  }
  return {
    async succeed() {
      await inARow.delete(id);
      if (hasWait) await waits.delete(id);
    },
    async takeBack() {
      await inARow.reward(id);
      if (hasWait) await waits.delete(id);
    },
  };
}

/**
 * Asks for leave to try a code of a second factor. Tries count for the account, whatever the kind of code, the sign-in
 * and the network (CVE-2025-64102): only who knows the password gets here.
 *
 * @throws signin.throttled with the seconds to wait
 */
export async function beginCode(throttle: Throttle, userId: UserId): Promise<Leave> {
  const leave = await beginGuess(throttle, `second factor\n${userId}`);
  if (isRefusal(leave)) throw tooMany(leave);
  return leave;
}

/** Asks for leave to type the code of a device; it counts as a wrong one until it is taken back. */
export async function beginUserCode(throttle: Throttle, network: string): Promise<Leave | Refusal> {
  return await take(throttle.userCodes, network);
}

/** Whether a device asks more often than it was told to. */
export async function pollsTooOften(throttle: Throttle, deviceCode: string): Promise<boolean> {
  return isRefusal(await take(throttle.polls, deviceCode));
}

/** Asks for leave to answer with a passkey from a network: nobody guesses one, but each answer costs work and a line. */
export async function beginPasskey(throttle: Throttle, network: string): Promise<Leave | Refusal> {
  return await take(throttle.network, network);
}

/**
 * Asks for leave to send a code by email.
 *
 * @throws signin.throttled with the seconds to wait
 */
export async function countCodeMail(throttle: Throttle, userId: UserId): Promise<void> {
  await countRequest(throttle.codeMails, userId);
}

/** Seconds to wait after so many failures in a row: a minute after ten, then twice as long each time, up to an hour. */
export function waitAfter(failures: number): number {
  return Math.min(60 * 2 ** Math.max(0, failures - limits.inARow.points), hour);
}

/**
 * Counts one request, whatever comes of it.
 *
 * @throws signin.throttled with the seconds to wait
 */
export async function countRequest(limiter: RateLimiterPostgres, key: string): Promise<void> {
  const leave = await take(limiter, key);
  if (isRefusal(leave)) throw tooMany(leave);
}

export function isRefusal(answer: Leave | Refusal): answer is Refusal {
  return "waitSeconds" in answer;
}

/** What the person is told. */
export function tooMany({ waitSeconds }: Refusal): Failure {
  return failure("signin.throttled", { retryAfterSeconds: waitSeconds, data: { seconds: waitSeconds } });
}

/** One point of a counter. A success gives back its own and none else: failures of others stay counted. */
async function take(limiter: RateLimiterPostgres, key: string, seconds?: number): Promise<Leave | Refusal> {
  try {
    await limiter.consume(digest(key), 1, seconds === undefined ? {} : { customDuration: seconds });
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return refusalFrom(refusal, limiter);
  }
  const giveBack = async () => {
    await limiter.reward(digest(key));
  };
  return { succeed: giveBack, takeBack: giveBack };
}

function refusalFrom(result: RateLimiterRes, { points }: RateLimiterPostgres): Refusal {
  return {
    waitSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
    isFirst: result.consumedPoints === points + 1,
  };
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
