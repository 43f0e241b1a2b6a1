import { pbkdf2, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import argon2 from "argon2";
import { compare as fitsBcrypt } from "bcrypt";

type Fits = (password: string) => Promise<boolean>;

// What one check may cost, so that an imported hash cannot be a way to hold the cores or the memory of the server.
const mostBcryptCost = 14;
const mostIterations = 2_000_000;
const mostBytes = 256 * 2 ** 20;
const mostPasses = 16;
const mostKeyBytes = 128;

const base64 = "([A-Za-z0-9+/.]+)={0,2}";

/** Each format: how it is written, and the check that its numbers make, or undefined when they are out of bounds. */
const formats: readonly { pattern: RegExp; read(parts: string[], whole: string): Fits | undefined }[] = [
  {
    // bcrypt as crypt(3) writes it; 2a, 2b and 2y differ in the names of mended bugs alone.
    pattern: /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/,
    read([cost = ""], whole) {
      if (Number(cost) < 4 || Number(cost) > mostBcryptCost) return undefined;
      const hash = `$2b${whole.slice(3)}`;
      // The password ends at a null byte for bcrypt, so any continuation would fit.
      return async (password) => !password.includes("\0") && (await fitsBcrypt(password, hash));
    },
  },
  {
    // The PHC string of RFC 9106's functions; libraries differ in the order of the three numbers.
    pattern: /^\$argon2(?:id|i|d)\$v=19\$([mtp]=\d{1,7}(?:,[mtp]=\d{1,7}){2})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/,
    read([numbers = ""], whole) {
      const { m, t, p } = Object.fromEntries(numbers.split(",").map((pair) => pair.split("="))) as Partial<
        Record<string, string>
      >;
      if (!(Number(m) * 1024 <= mostBytes) || !(Number(t) <= mostPasses) || !(Number(p) <= mostPasses))
        return undefined;
      return async (password) => await argon2.verify(whole, password);
    },
  },
  {
    // scrypt (RFC 7914) as a PHC string.
    pattern: new RegExp(String.raw`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$${base64}\$${base64}$`),
    read([ln = "", r = "", p = "", salt = "", key = ""]) {
      const [cost, blockSize, parallelization] = [2 ** Number(ln), Number(r), Number(p)];
      const isPossible = cost > 1 && blockSize > 0 && parallelization > 0;
      if (!isPossible || 128 * cost * blockSize > mostBytes || parallelization > mostPasses) return undefined;
      const options = { cost, blockSize, parallelization, maxmem: 2 * mostBytes };
      return matching(key, async (password, bytes) => await derive(password, decode(salt), bytes, options));
    },
  },
  {
    // PBKDF2 (RFC 8018) as passlib and PHC strings write it: the number alone, or i=.
    pattern: new RegExp(String.raw`^\$pbkdf2-(sha1|sha256|sha512)\$(?:i=)?(\d{1,7})\$${base64}\$${base64}$`),
    read: ([digest = "", iterations = "", salt = "", key = ""]) => stretched(digest, iterations, decode(salt), key),
  },
  {
    // PBKDF2 as Django writes it: the salt is plain text.
    pattern: new RegExp(String.raw`^pbkdf2_(sha1|sha256)\$(\d{1,7})\$([^$]{1,128})\$${base64}$`),
    read: ([digest = "", iterations = "", salt = "", key = ""]) =>
      stretched(digest, iterations, Buffer.from(salt), key),
  },
];

/**
 * Reads the hash of a password that another system made: bcrypt, scrypt, PBKDF2 or argon2, in the text formats that
 * these are passed on in.
 *
 * @returns the check of a password against it, or undefined when it is of no such format or would cost too much
 */
export function readForeignHash(hash: string): Fits | undefined {
  for (const { pattern, read } of formats) {
    const found = pattern.exec(hash);
    if (found !== null) return read(found.slice(1), hash);
  }
  return undefined;
}

const derive = promisify(
  scrypt as (
    password: string,
    salt: Buffer,
    bytes: number,
    options: object,
    done: (error: Error | null, key: Buffer) => void,
  ) => void,
);
const stretch = promisify(pbkdf2);

function stretched(digest: string, iterations: string, salt: Buffer, key: string): Fits | undefined {
  const count = Number(iterations);
  if (count < 1 || count > mostIterations) return undefined;
  return matching(key, async (password, bytes) => await stretch(password, salt, count, bytes, digest));
}

function matching(key: string, make: (password: string, bytes: number) => Promise<Buffer>): Fits | undefined {
  const expected = decode(key);
  if (expected.length < 16 || expected.length > mostKeyBytes) return undefined;
  return async (password) => timingSafeEqual(await make(password, expected.length), expected);
}

/** Base64 without padding; passlib writes a dot for the plus. */
function decode(text: string): Buffer {
  return Buffer.from(text.replaceAll(".", "+"), "base64");
}
