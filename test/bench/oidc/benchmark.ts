import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import argon2 from "argon2";
import { createApp } from "#server/apps/create-app.ts";
import { openForCommand, operator } from "#server/cli/open-house.ts";
import { inWork } from "#server/db/work.ts";
import { hashPassword } from "#server/passwords/hash.ts";
import { setPassword } from "#server/passwords/set-password.ts";
import { createUser } from "#server/users/create-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { freePort } from "#test/support/gatehouse-process.ts";
import { processorTime } from "../scim/processor-time.ts";

export interface Plan {
  seconds: number;
  rounds: number;
  connections: number;
  tell(line: string): void;
}

/** One line of the table; times in milliseconds, processor time of the server and PostgreSQL together. */
export interface Row {
  name: string;
  perSecond: number;
  p50: number;
  p95: number;
  processor: number;
  count: number;
}

interface Operation {
  name: string;
  /** Does it once, for one of the connections. */
  run(connection: number): Promise<void>;
  /** The process whose time counts; undefined: this one. */
  pid?: number | undefined;
  /** How many at a time, where that is not the plan's. */
  connections?: number;
}

const people = 40;
const password = "plum-kettle-orbit-93";
const redirectUri = "http://127.0.0.1:9/callback";
const verifier = "a".repeat(43);
// SHA-256 of the verifier, base64url.
const challenge = "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA";

const main = join(import.meta.dirname, "../../../server/main.ts");
const bare = join(import.meta.dirname, "bare-provider.ts");

/** Measures everything in turn, round after round, so that what else the machine does meets all alike. */
export async function benchmark(
  plan: Plan,
): Promise<{ rows: Row[]; ratios: { aim: string; value: number; least: number }[] }> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-oidc-"));
  plan.tell(`an installation with ${people} people …`);
  const house = await openHouse(folder);
  const provider = await openBare();
  try {
    const operations = [hashing(), ...(await ofHouse(house)), ...(await ofBare(provider))];
    const seen = operations.map((operation) => ({ operation, took: [] as number[], elapsedMs: 0, processorMs: 0 }));
    for (let round = 0; round <= plan.rounds; round += 1) {
      plan.tell(round === 0 ? "warming up …" : `round ${round} of ${plan.rounds} …`);
      for (const one of seen) {
        const milliseconds = (plan.seconds * 1000) / plan.rounds;
        const found = await measure(one.operation, plan.connections, milliseconds);
        if (round === 0) continue;
        one.took.push(...found.took);
        one.elapsedMs += found.elapsedMs;
        one.processorMs += found.processorMs;
      }
    }
    const rows = seen.map(({ operation, took, elapsedMs, processorMs }) => {
      const sorted = took.toSorted((a, b) => a - b);
      const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      return {
        name: operation.name,
        perSecond: (took.length / elapsedMs) * 1000,
        p50: quantile(0.5),
        p95: quantile(0.95),
        processor: processorMs / took.length,
        count: took.length,
      };
    });
    const rate = (name: string) => rows.find((row) => row.name === name)?.perSecond ?? 0;
    return {
      rows,
      ratios: [
        { aim: "sign-ins / hashes alone", value: rate(names.signIn) / rate(names.hash), least: 0.8 },
        {
          aim: "refreshes / those of a bare provider",
          value: rate(names.refresh) / rate(names.bareRefresh),
          least: 0.6,
        },
      ],
    };
  } finally {
    await provider.close();
    await house.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const names = {
  hash: "argon2 alone, one hash a core",
  signIn: "sign-in with password, code and token",
  again: "sign-in with a session, code and token",
  refresh: "refresh with rotation",
  bareRefresh: "the same of a bare provider in memory",
  userinfo: "userinfo",
} as const;

async function measure(operation: Operation, connections: number, milliseconds: number) {
  const took: number[] = [];
  const used = () => {
    if (operation.pid !== undefined) {
      const { server, database } = processorTime(operation.pid);
      return server + database;
    }
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const before = used();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: operation.connections ?? connections }, async (_, connection) => {
      for (let at = performance.now(); at - startedAt < milliseconds;) {
        await operation.run(connection);
        const end = performance.now();
        took.push(end - at);
        at = end;
      }
    }),
  );
  return { took, elapsedMs: performance.now() - startedAt, processorMs: used() - before };
}

function hashing(): Operation {
  const hash = hashPassword(password);
  return {
    name: names.hash,
    connections: availableParallelism(),
    run: async () => void (await argon2.verify(await hash, password)),
  };
}

interface House {
  pid: number;
  issuer: string;
  clientId: string;
  clientSecret: string;
  close(): Promise<void>;
}

/** A Gatehouse run as its operator runs it, without the worker. */
async function openHouse(folder: string): Promise<House> {
  const { house, close } = await openForCommand({ DATA_DIR: folder });
  let made: { clientId: string; clientSecret: string };
  try {
    made = await inWork(house, operator(), async (work) => {
      const { app, clientSecret } = await createApp(work, {
        name: "Benchmark",
        kind: "web",
        redirectUris: [redirectUri],
      });
      return { clientId: app.clientId, clientSecret: clientSecret ?? "" };
    });
    const hash = await hashPassword(password);
    for (let number = 0; number < people; number += 1) {
      await inWork(house, operator(), async (work) => {
        const username = `user-${number}`;
        const id = await createUser(work, { username, displayName: username });
        await setPassword(work, id, { hash }, { isTemporary: false, event: "user.passwordSet" });
      });
    }
  } finally {
    await close();
  }
  const port = String(await freePort());
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [main, "--only", "server"], {
    env: { PATH, HOME, DATA_DIR: folder, PORT: port, LOG_LEVEL: "error" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  const issuer = `http://localhost:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error("The server ended before it was ready.");
    const answer = await fetch(`${issuer}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) break;
    await pause(100);
  }
  return {
    pid: child.pid ?? 0,
    issuer,
    ...made,
    async close() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function ofHouse(house: House): Promise<Operation[]> {
  const { issuer, pid } = house;
  const authorize = `${issuer}/oauth/authorize?${new URLSearchParams({
    client_id: house.clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid offline_access",
    code_challenge: challenge,
    code_challenge_method: "S256",
    prompt: "consent",
  }).toString()}`;
  const token = async (fields: Record<string, string>) =>
    await post(`${issuer}/oauth/token`, house.clientId, house.clientSecret, fields);
  const redeem = async (url: URL) => {
    const code = url.searchParams.get("code");
    if (code === null) throw new Error(`no code at ${url.href}`);
    return await token({ grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri });
  };
  let count = 0;
  const signIn = async () => {
    count += 1;
    const username = `user-${count % people}`;
    const browser = openBrowser(issuer);
    const named = await browser.submit(await browser.visit(authorize), { username });
    const done = await browser.submit(named, { username, password });
    return { browser, tokens: await redeem(done.url) };
  };
  // One signed-in browser and one family of tokens for each connection.
  const sessions = new Map<number, Promise<{ browser: ReturnType<typeof openBrowser>; tokens: Tokens }>>();
  const sessionOf = async (connection: number) => {
    const known = sessions.get(connection) ?? signIn();
    sessions.set(connection, known);
    return await known;
  };
  return [
    { name: names.signIn, pid, run: async () => void (await signIn()) },
    {
      name: names.again,
      pid,
      async run(connection) {
        const { browser } = await sessionOf(connection);
        await redeem((await browser.visit(authorize)).url);
      },
    },
    {
      name: names.refresh,
      pid,
      async run(connection) {
        const session = await sessionOf(connection);
        session.tokens = await token({ grant_type: "refresh_token", refresh_token: session.tokens.refresh_token });
      },
    },
    {
      name: names.userinfo,
      pid,
      async run(connection) {
        const { tokens } = await sessionOf(connection);
        const reply = await fetch(`${issuer}/oauth/userinfo`, {
          headers: { authorization: `Bearer ${tokens.access_token}` },
        });
        await reply.arrayBuffer();
        if (!reply.ok) throw new Error(`userinfo answered ${reply.status}`);
      },
    },
  ];
}

async function openBare() {
  const child = fork(bare, { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const ended = once(child, "exit");
  const [port] = (await once(child, "message")) as [number];
  return {
    pid: child.pid ?? 0,
    issuer: `http://127.0.0.1:${port}`,
    async close() {
      child.disconnect();
      await ended;
    },
  };
}

async function ofBare({ pid, issuer }: { pid: number; issuer: string }): Promise<Operation[]> {
  const tokens = new Map<number, string>();
  return [
    {
      name: names.bareRefresh,
      pid,
      async run(connection) {
        const refresh = tokens.get(connection) ?? (await (await fetch(`${issuer}/refresh-token`)).text());
        const fields = { grant_type: "refresh_token", refresh_token: refresh };
        const next = await post(`${issuer}/token`, "app", "app-secret-app-secret-app-secret", fields);
        tokens.set(connection, next.refresh_token);
      },
    },
  ];
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

async function post(url: string, id: string, secret: string, fields: Record<string, string>): Promise<Tokens> {
  const reply = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` },
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${text}`);
  return JSON.parse(text) as Tokens;
}
