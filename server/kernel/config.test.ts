import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";

function refusal(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "accepted";
}

test("with nothing set, everything has its default", () => {
  expect(readConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 3000,
    issuer: "http://localhost:3000",
    databaseUrl: undefined,
    secretKey: undefined,
    smtpUrl: undefined,
    mailFrom: "Gatehouse <no-reply@localhost>",
    admin: undefined,
    logLevel: "info",
  });
});

test("a variable that is set to nothing counts as not set", () => {
  expect(readConfig({ PORT: "", DATABASE_URL: "", TRUST_PROXY: "" })).toEqual(readConfig({}));
});

test("all failures come at once, one sentence each, and never show a secret", () => {
  const message = refusal({
    PORT: "abc",
    SECRET_KEY: "hunter2",
    LOG_LEVEL: "loud",
    TRUST_PROXY: "10.0.0.0/8, nowhere",
  });
  expect(message.split("\n")).toEqual([
    "PORT must be a whole number from 1 to 65535.",
    expect.stringContaining("SECRET_KEY must have at least 32 characters"),
    "TRUST_PROXY lists nowhere, which is no IP address and no range such as 10.0.0.0/8.",
    expect.stringContaining("LOG_LEVEL must be one of"),
  ]);
  expect(message).not.toContain("hunter2");
});

describe("ISSUER", () => {
  test.each([
    ["https://ID.example.com/", "https://id.example.com"],
    ["https://id.example.com:8443", "https://id.example.com:8443"],
    ["http://localhost:4000", "http://localhost:4000"],
    ["http://127.0.0.1:4000/", "http://127.0.0.1:4000"],
    ["http://[::1]:4000", "http://[::1]:4000"],
  ])("%s is %s", (given, issuer) => {
    expect(readConfig({ ISSUER: given }).issuer).toBe(issuer);
  });

  test.each([
    "http://id.example.com",
    "https://id.example.com/a",
    "https://a:b@id.example.com",
    "id.example.com",
    "ftp://x",
  ])("%s is refused", (given) => {
    expect(refusal({ ISSUER: given })).toMatch(/^ISSUER must/);
  });
});

test.each([
  ["PORT", "0"],
  ["PORT", "65536"],
  ["PORT", "1e3"],
  ["PROCESSES", "0"],
  ["DATABASE_URL", "mysql://root@localhost/x"],
  ["SMTP_URL", "localhost:25"],
  ["MAIL_FROM", "nobody"],
  ["MAIL_FROM", "Eve <eve@example.com>\r\nBcc: x@example.com"],
  ["TRUST_PROXY", "5"],
  ["SECRET_KEY_PREVIOUS", "short"],
  ["HOST", "a b"],
])("%s=%s is refused with a sentence that names it", (name, value) => {
  expect(refusal({ [name]: value })).toMatch(new RegExp(`^${name} .*\\.$`));
});

test.each([
  "postgres://u:p@db/x",
  "postgresql://db",
  "postgres://u@/x?host=/run/postgresql",
  "postgres://db/x?sslmode=require",
])("DATABASE_URL may be %s", (url) => {
  expect(readConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
});

test("a value may be kept in a file", () => {
  const file = join(mkdtempSync(join(tmpdir(), "config-")), "key");
  writeFileSync(file, `${"k".repeat(40)}\n`);
  expect(readConfig({ SECRET_KEY_FILE: file }).secretKey).toBe("k".repeat(40));
  expect(refusal({ SECRET_KEY_FILE: file, SECRET_KEY: "k".repeat(40) })).toMatch(
    /^SECRET_KEY and SECRET_KEY_FILE are both set/,
  );
  expect(refusal({ SECRET_KEY_FILE: `${file}-gone` })).toMatch(
    /^SECRET_KEY_FILE names .*-gone, which cannot be read \(ENOENT\)\.$/,
  );
});

test("half an administrator is refused", () => {
  expect(refusal({ ADMIN_EMAIL: "ada@example.com" })).toMatch(/^ADMIN_USERNAME and ADMIN_PASSWORD must be set too/);
});
