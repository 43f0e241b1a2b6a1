import { accessSync, constants, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { StartError } from "./start-error.ts";

/** Everything the environment decides, checked once, complete. */
export type Config = GivenConfig & { secretKey: string };

/** What the environment gives: `secretKey` may still have to be made (see `data-dir.ts`). */
export type GivenConfig = {
  host: string;
  port: number;
  /** The public origin, without a slash at its end. */
  issuer: string;
  /** Undefined: the embedded PostgreSQL under `dataDir`. */
  databaseUrl: string | undefined;
  /** Absolute. */
  dataDir: string;
  secretKey: string | undefined;
  /** Earlier keys, newest first: they still open what they sealed, and seal nothing. */
  previousSecretKeys: readonly string[];
  /** Undefined: mails stay in the outbox. */
  smtpUrl: string | undefined;
  mailFrom: string;
  /** The first administrator; undefined: a one-time set-up link is printed. */
  admin: { username: string; email: string; password: string } | undefined;
  /** Addresses and CIDR ranges of reverse proxies whose forwarded headers are believed. */
  trustProxy: readonly string[];
  /** Files of MaxMind databases, which say where a network address is. Absolute. */
  maxmindFiles: readonly string[];
  /** How many HTTP processes one `start` runs. */
  processes: number;
  logLevel: LogLevel;
  /** `NODE_ENV=production`. */
  production: boolean;
};

export type LogLevel = (typeof logLevels)[number];

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Shorter keys can be guessed; 32 characters of base64 are 192 bits. */
const shortestSecretKey = 32;

const secretKey = z
  .string()
  .min(shortestSecretKey, `must have at least ${shortestSecretKey} characters; \`openssl rand -base64 48\` makes one`);

const list = z.string().transform((text) => text.split(/[\s,]+/).filter((item) => item !== ""));

/** One entry a variable; the message continues a sentence that begins with the variable's name. */
const variables = z.object({
  PORT: wholeNumber(1, 65_535).default(3000),
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/, "must be a host name or an IP address to listen on, such as 127.0.0.1 or 0.0.0.0")
    .default("127.0.0.1"),
  ISSUER: z.string().transform(toIssuer).optional(),
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl, "must look like postgres://user:password@host:5432/database")
    .optional(),
  DATA_DIR: z
    .string()
    .refine((path) => !path.includes("\0"), "must be a path of a folder")
    .optional(),
  SECRET_KEY: secretKey.optional(),
  SECRET_KEY_PREVIOUS: list.pipe(z.array(secretKey)).default([]),
  SMTP_URL: z
    .string()
    .refine(isSmtpUrl, "must look like smtp://user:password@host:587 or smtps://user:password@host:465")
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>\r\n]+ )?<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/, mailFromMessage())
    .optional(),
  ADMIN_USERNAME: z
    .string()
    .trim()
    .min(1, "must have a letter at least")
    .max(200, "must have at most 200 characters")
    .optional(),
  ADMIN_EMAIL: z
    .string()
    .regex(/^[^\s<>@]+@[^\s<>@]+$/, "must be an e-mail address")
    .optional(),
  ADMIN_PASSWORD: z.string().optional(),
  TRUST_PROXY: list.pipe(z.array(z.string().superRefine(checkRange))).default([]),
  MAXMIND_DB: z
    .string()
    // Paths may have spaces in them.
    .transform((text) => text.split(",").flatMap((path) => (path.trim() === "" ? [] : [resolve(path.trim())])))
    .pipe(z.array(z.string().superRefine(checkReadable)))
    .default([]),
  PROCESSES: wholeNumber(1, 256).default(availableParallelism),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }).default("info"),
  NODE_ENV: z.string().optional(),
});

type Name = keyof typeof variables.shape;
const names = Object.keys(variables.shape) as Name[];

/**
 * Reads the configuration from environment variables, each also as `NAME_FILE` (the path of a file
 * that holds the value). A variable that is empty counts as not set.
 *
 * @throws StartError with one sentence for each variable that is wrong
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): GivenConfig {
  const failures: string[] = [];
  const given = Object.fromEntries(names.map((name) => [name, readVariable(env, name, failures)]));
  const parsed = variables.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    const sentence = `${String(issue.path[0])} ${issue.message}.`;
    if (!failures.includes(sentence)) failures.push(sentence);
  }
  const missing = adminHalf(given);
  if (missing.length > 0) {
    failures.push(
      `${missing.join(" and ")} must be set too: the first administrator needs ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD.`,
    );
  }
  if (parsed.data === undefined || failures.length > 0) throw new StartError(failures.join("\n"));
  return toConfig(parsed.data);
}

function toConfig(read: z.infer<typeof variables>): GivenConfig {
  const issuer = read.ISSUER ?? `http://localhost:${read.PORT}`;
  const { ADMIN_USERNAME: username, ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = read;
  return {
    host: read.HOST,
    port: read.PORT,
    issuer,
    databaseUrl: read.DATABASE_URL,
    // The default lies in the project, not in the folder a command happens to be called from.
    dataDir: read.DATA_DIR === undefined ? join(import.meta.dirname, "../../data") : resolve(read.DATA_DIR),
    secretKey: read.SECRET_KEY,
    previousSecretKeys: read.SECRET_KEY_PREVIOUS,
    smtpUrl: read.SMTP_URL,
    mailFrom: read.MAIL_FROM ?? `Gatehouse <no-reply@${new URL(issuer).hostname}>`,
    admin:
      username !== undefined && email !== undefined && password !== undefined
        ? { username, email, password }
        : undefined,
    trustProxy: read.TRUST_PROXY,
    maxmindFiles: read.MAXMIND_DB,
    processes: read.PROCESSES,
    logLevel: read.LOG_LEVEL,
    production: read.NODE_ENV === "production",
  };
}

function readVariable(env: Readonly<Record<string, string | undefined>>, name: Name, failures: string[]) {
  const value = env[name] === "" ? undefined : env[name];
  const file = env[`${name}_FILE`];
  if (file === undefined || file === "") return value;
  if (value !== undefined) {
    failures.push(`${name} and ${name}_FILE are both set; only one of them may be.`);
    return value;
  }
  try {
    // Editors and `echo` end a file with a newline that is not part of the secret.
    return readFileSync(file, "utf8").replace(/\r?\n$/, "") || undefined;
  } catch (error) {
    failures.push(`${name}_FILE names ${file}, which cannot be read (${reason(error)}).`);
    return undefined;
  }
}

function adminHalf(given: Record<string, string | undefined>): string[] {
  const admin = ["ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD"];
  const missing = admin.filter((name) => given[name] === undefined);
  return missing.length === admin.length ? [] : missing;
}

function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.number().min(least, message).max(most, message));
}

function mailFromMessage(): string {
  return "must be an e-mail address, alone or as `Name <address>`";
}

function toIssuer(text: string, context: z.RefinementCtx): string {
  const refuse = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    return refuse("must be the public origin, such as https://id.example.com");
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    return refuse(`must be an origin alone, such as ${url.origin}: no path, query, fragment or password`);
  }
  if (url.protocol === "http:" && !isLocal(url.hostname)) {
    return refuse("must begin with https:// (http:// is for localhost only)");
  }
  return url.origin;
}

function isLocal(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function isDatabaseUrl(text: string): boolean {
  // `user@/database?host=/folder/of/the/socket` has no host, which PostgreSQL allows and URL does not.
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text.replace("@/", "@localhost/"));
}

function isSmtpUrl(text: string): boolean {
  return /^smtps?:$/.test(URL.parse(text)?.protocol ?? "") && URL.parse(text)?.hostname !== "";
}

function checkRange(text: string, context: z.RefinementCtx): void {
  if (ipaddr.isValidCIDR(text) || (ipaddr.isValid(text) && /[:.]/.test(text))) return;
  context.addIssue({
    code: "custom",
    message: `lists ${text}, which is no IP address and no range such as 10.0.0.0/8`,
  });
}

function checkReadable(path: string, context: z.RefinementCtx): void {
  try {
    if (!path.includes("\0")) return accessSync(path, constants.R_OK);
  } catch {
    // What is wrong is said below.
  }
  context.addIssue({ code: "custom", message: `names ${path}, which cannot be read` });
}

function reason(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
