import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { readPublicKey } from "./read-public-key.ts";

const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");
const pemOf = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();
const jwk = p256.publicKey.export({ format: "jwk" });

test("[P4] PEM, a JWK and a set of one are read alike; a nameless key is named by its thumbprint", () => {
  const read = readPublicKey(JSON.stringify(jwk));
  expect(read).toEqual({ ...jwk, kid: expect.stringMatching(/^[\w-]{43}$/), use: "sig" });
  expect(readPublicKey(pemOf(p256.publicKey))).toEqual(read);
  expect(readPublicKey(JSON.stringify({ keys: [jwk] }))).toEqual(read);
  expect(readPublicKey(JSON.stringify({ ...jwk, kid: "mine" }))).toEqual({ ...read, kid: "mine" });
  for (const { publicKey } of [rsa, ed25519]) {
    expect(readPublicKey(pemOf(publicKey)).kty).toMatch(/RSA|OKP/);
  }
});

test("[P4] the thumbprint is that of RFC 7638 §3.1", () => {
  const key = {
    kty: "RSA",
    n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    e: "AQAB",
    alg: "RS256",
  };
  expect(readPublicKey(JSON.stringify(key)).kid).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
});

test.each([
  ["nothing", ""],
  ["no key", "hello"],
  ["an object that is none", "{}"],
  ["broken JSON", "{"],
  ["a private key in PEM", p256.privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
  ["a private JWK", JSON.stringify(p256.privateKey.export({ format: "jwk" }))],
  ["a shared secret", JSON.stringify({ kty: "oct", k: "c2VjcmV0" })],
  ["two keys", JSON.stringify({ keys: [jwk, jwk] })],
  [
    "another curve",
    JSON.stringify(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" })),
  ],
  ["a short RSA key", pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)],
])("[P4] %s is refused as a public key", (_what, text) => {
  expect(() => readPublicKey(text)).toThrow(expect.objectContaining({ code: "directory.keyInvalid" }));
});
