import { availableParallelism } from "node:os";
import argon2 from "argon2";
import { failure } from "../contract/failure.ts";
import { readForeignHash } from "./foreign-hash.ts";

// OWASP's profile for argon2id. The library's own defaults cost 8.6 times as much for no more safety here.
const parameters = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// As many hashes at a time as there are cores; more would only make each slower and starve the rest of the server.
let places = availableParallelism();
// Past a queue of so many the answer is 503 with Retry-After, so that a flood of sign-ins cannot hold memory and sockets.
const queueOfPlace = 32;

/** Says how many processes share the cores, each of which hashes. */
export function shareCores(processes: number): void {
  places = Math.max(1, Math.ceil(availableParallelism() / processes));
}

let busy = 0;
const waiting: (() => void)[] = [];

/**
 * Hashes a password (argon2id, PHC text with its parameters).
 *
 * @throws server.busy too many hashes wait already
 */
export async function hashPassword(password: string): Promise<string> {
  return await inTurn(async () => await argon2.hash(normal(password), parameters));
}

/**
 * Says whether a password fits a hash, our own or one that was imported. Without a hash it does the same work and says
 * no, so that time tells a stranger nothing about which accounts exist. Imported ones take the time they take until
 * the first sign-in replaces them.
 *
 * @throws server.busy too many hashes wait already
 */
export async function fitsHash(password: string, hash: string | undefined): Promise<boolean> {
  const fits = await inTurn(async () => {
    if (hash === undefined || isOwn(hash)) return await argon2.verify(hash ?? (await decoy()), normal(password));
    return await fitsForeign(password, hash);
  });
  return hash !== undefined && fits;
}

/** Says whether a hash was made with other parameters than today's, or elsewhere. */
export function needsRehash(hash: string): boolean {
  return !isOwn(hash) || argon2.needsRehash(hash, parameters);
}

/** NFKC, so that the same password typed on another keyboard is the same (NIST SP 800-63B-4 §3.1.1.2). */
export function normal(password: string): string {
  return password.normalize("NFKC");
}

function isOwn(hash: string): boolean {
  return hash.startsWith("$argon2id$");
}

/** Other systems hashed what was typed, some of them after a normalisation. */
async function fitsForeign(password: string, hash: string): Promise<boolean> {
  const fits = readForeignHash(hash);
  if (fits === undefined) return false;
  return (await fits(password)) || (normal(password) !== password && (await fits(normal(password))));
}

let decoyHash: Promise<string> | undefined;

async function decoy(): Promise<string> {
  decoyHash ??= argon2.hash("nobody has this password", parameters);
  return await decoyHash;
}

async function inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
  if (busy >= places) {
    if (waiting.length >= places * queueOfPlace) throw failure("server.busy", { retryAfterSeconds: 5 });
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    busy += 1;
  }
  try {
    return await act();
  } finally {
    // The place goes to the next in the queue, or is free.
    const next = waiting.shift();
    if (next === undefined) busy -= 1;
    else next();
  }
}
