import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import argon2 from "argon2";
import { hashPassword } from "#server/passwords/hash.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { api, openHouse, password, people, redirectUri } from "./installation.ts";
import type { House } from "./installation.ts";
import { processorTime } from "../scim/processor-time.ts";

export interface Plan {
  seconds: number;
  rounds: number;
  connections: number;
  tell(line: string): void;
}

/** One line of the table; times in milliseconds. */
export interface Row {
  name: string;
  perSecond: number;
  p50: number;
  p95: number;
  /** Processor time of one: the server's (of hashing: the benchmark's own), PostgreSQL's, the benchmark's as its client. */
  processor: Used;
  count: number;
}

interface Used {
  server: number;
  database: number;
  client: number;
}

/** How something compares to what bounds it: by how many there are in a second, and by the processor time of each. */
export interface Ratio {
  aim: string;
  byRate: number;
  byProcessor: number;
  least: number;
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

const verifier = "a".repeat(43);
// SHA-256 of the verifier, base64url.
const challenge = "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA";

const bare = join(import.meta.dirname, "bare-provider.ts");

/** Measures everything in turn, round after round, so that what else the machine does meets all alike. */
export async function benchmark(plan: Plan): Promise<{ rows: Row[]; ratios: Ratio[] }> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-oidc-"));
  plan.tell(`an installation with ${people} people …`);
  const house = await openHouse(folder);
  const provider = await openBare();
  try {
    const operations = [hashing(), ...ofHouse(house, plan.connections), ...ofBare(provider)];
    const seen = operations.map((operation) => ({
      operation,
      took: [] as number[],
      elapsedMs: 0,
      used: { server: 0, database: 0, client: 0 },
    }));
    for (let round = 0; round <= plan.rounds; round += 1) {
      plan.tell(round === 0 ? "warming up …" : `round ${round} of ${plan.rounds} …`);
      for (const one of seen) {
        const milliseconds = (plan.seconds * 1000) / plan.rounds;
        const found = await measure(one.operation, plan.connections, milliseconds);
        if (round === 0) continue;
        one.took.push(...found.took);
        one.elapsedMs += found.elapsedMs;
        one.used = add(one.used, found.used, 1);
      }
    }
    const rows = seen.map(({ operation, took, elapsedMs, used }) => {
      const sorted = took.toSorted((a, b) => a - b);
      const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      return {
        name: operation.name,
        perSecond: (took.length / elapsedMs) * 1000,
        p50: quantile(0.5),
        p95: quantile(0.95),
        processor: {
          server: used.server / took.length,
          database: used.database / took.length,
          client: used.client / took.length,
        },
        count: took.length,
      };
    });
    const ratio = (aim: string, name: string, bound: string, least: number): Ratio => {
      const [one, other] = [rows.find((row) => row.name === name), rows.find((row) => row.name === bound)];
      if (one === undefined || other === undefined) throw new Error(`nothing was measured for: ${aim}`);
      const cost = ({ processor }: Row) => processor.server + processor.database;
      return { aim, byRate: one.perSecond / other.perSecond, byProcessor: cost(other) / cost(one), least };
    };
    return {
      rows,
      ratios: [
        ratio("sign-ins / hashes alone", names.signIn, names.hash, 0.8),
        ratio("refreshes / those of a bare provider", names.refresh, names.bareRefresh, 0.6),
        ratio("client credentials / those of a bare provider", names.machine, names.bareMachine, 0.85),
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
  newBrowser: "the same in a browser that is new",
  again: "sign-in with a session, code and token",
  refresh: "refresh with rotation",
  bareRefresh: "the same of a bare provider in memory",
  machine: "client credentials, JWT access token",
  bareMachine: "the same of a bare provider",
  userinfo: "userinfo",
} as const;

async function measure(operation: Operation, connections: number, milliseconds: number) {
  const took: number[] = [];
  const used = (): Used => {
    const { user, system } = process.cpuUsage();
    const own = (user + system) / 1000;
    return operation.pid === undefined
      ? { server: own, database: 0, client: 0 }
      : { ...processorTime(operation.pid), client: own };
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
  return { took, elapsedMs: performance.now() - startedAt, used: add(used(), before, -1) };
}

function add(one: Used, other: Used, factor: 1 | -1): Used {
  return {
    server: one.server + factor * other.server,
    database: one.database + factor * other.database,
    client: one.client + factor * other.client,
  };
}

function hashing(): Operation {
  const hash = hashPassword(password);
  return {
    name: names.hash,
    connections: availableParallelism(),
    run: async () => void (await argon2.verify(await hash, password)),
  };
}

function ofHouse(house: House, connections: number): Operation[] {
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
  const signIn = async (username: string, browser = openBrowser(issuer)) => {
    const named = await browser.submit(await browser.visit(authorize), { username });
    const done = await browser.submit(named, { username, password });
    return { browser, tokens: await redeem(done.url) };
  };
  // Each connection has people of its own, and each of them a browser, in which nobody is signed in any more.
  const ofConnection = people / connections;
  const browsers = new Map<string, ReturnType<typeof openBrowser>>();
  const counts = new Map<number, number>();
  const nextPerson = (connection: number) => {
    const count = counts.get(connection) ?? 0;
    counts.set(connection, count + 1);
    return `user-${Math.floor(connection * ofConnection) + (count % Math.max(1, Math.floor(ofConnection)))}`;
  };
  const signInAgain = async (connection: number) => {
    const username = nextPerson(connection);
    const browser = browsers.get(username) ?? openBrowser(issuer);
    browsers.set(username, browser);
    for (const name of browser.cookies.keys()) if (name.startsWith("gatehouse_session")) browser.cookies.delete(name);
    await signIn(username, browser);
  };
  // One signed-in browser and one family of tokens for each connection.
  const sessions = new Map<number, Promise<{ browser: ReturnType<typeof openBrowser>; tokens: Tokens }>>();
  const sessionOf = async (connection: number) => {
    const known = sessions.get(connection) ?? signIn(nextPerson(connection));
    sessions.set(connection, known);
    return await known;
  };
  return [
    { name: names.signIn, pid, run: signInAgain },
    { name: names.newBrowser, pid, run: async (connection) => void (await signIn(nextPerson(connection))) },
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
    {
      name: names.machine,
      pid,
      async run() {
        const { clientId, clientSecret } = house.machine;
        await post(`${issuer}/oauth/token`, clientId, clientSecret, ofMachine);
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

function ofBare({ pid, issuer }: { pid: number; issuer: string }): Operation[] {
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
    {
      name: names.bareMachine,
      pid,
      async run() {
        await post(`${issuer}/token`, "machine", "machine-secret-machine-secret-machine", ofMachine);
      },
    },
  ];
}

const ofMachine = { grant_type: "client_credentials", resource: api, scope: "read" };

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
