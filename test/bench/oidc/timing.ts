// Measures whether answers about accounts that exist take as long as about those that do not (S6):
// `npm run bench:timing -- --help`, and docs/benchmarks.md.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openForCommand } from "#server/cli/open-house.ts";
import { inWork } from "#server/db/work.ts";
import { enrollPasskey, offerPasskey } from "#server/factors/enroll-passkey.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { makeLink } from "#server/onboarding/links.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { makeAuthenticator } from "#test/support/authenticator.ts";
import type { Authenticator, PasskeyOptions } from "#test/support/authenticator.ts";
import { openHouse, people, redirectUri } from "./installation.ts";
import type { House } from "./installation.ts";

const { values } = parseArgs({
  options: {
    samples: { type: "string", default: "200" },
    only: { type: "string", default: "" },
    help: { type: "boolean", default: false },
  },
});

/** One question that a stranger can ask in two ways; answers how long the answer took, in milliseconds. */
interface Probe {
  name: string;
  ask(isKnown: boolean): Promise<number>;
}

async function run(samples: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-timing-"));
  // Each question comes from a network of its own, so that none of them is slowed down.
  const house = await openHouse(folder, { TRUST_PROXY: "127.0.0.1", PROCESSES: "1" });
  try {
    const probes = await makeProbes(house, folder);
    console.log(["question".padEnd(44), "known ms", "unknown ms", "difference", "p"].join("  "));
    for (const { name, ask } of probes.filter((probe) => probe.name.includes(values.only))) {
      for (let count = 0; count < 10; count += 1) await ask(count % 2 === 0);
      const took = { known: [] as number[], unknown: [] as number[] };
      for (const isKnown of inTurn(samples)) took[isKnown ? "known" : "unknown"].push(await ask(isKnown));
      const [known, unknown] = [median(took.known), median(took.unknown)];
      const p = likelihood(took.known, took.unknown);
      console.log(
        [
          name.padEnd(44),
          known.toFixed(2).padStart(8),
          unknown.toFixed(2).padStart(10),
          (known - unknown).toFixed(2).padStart(10),
          p.toFixed(3),
        ].join("  "),
      );
    }
    console.log("\nMedians; p: how likely a difference at least as large is by chance (Mann-Whitney U, two-sided).");
  } finally {
    await house.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Both kinds equally often, in an order in which neither always follows the other. */
function inTurn(samples: number): boolean[] {
  return Array.from({ length: samples }, () => (Math.random() < 0.5 ? [true, false] : [false, true])).flat();
}

let count = 0;

/** A network and a name that nobody has asked with before. */
function fresh() {
  count += 1;
  const headers = { "x-forwarded-for": `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}` };
  return { headers, stranger: `stranger-${count}`, username: `user-${count % people}` };
}

async function timed(act: () => Promise<Page>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

async function makeProbes(house: House, folder: string): Promise<Probe[]> {
  const { issuer } = house;
  const authorize = `${issuer}/oauth/authorize?${new URLSearchParams({
    client_id: house.clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid",
    code_challenge: "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA",
    code_challenge_method: "S256",
  }).toString()}`;
  const { passkeys, strangers, links } = await prepare(folder, issuer);
  const login = (isKnown: boolean, { stranger, username }: ReturnType<typeof fresh>) => (isKnown ? username : stranger);
  return [
    {
      name: "sign-in: the name",
      async ask(isKnown) {
        const [browser, by] = [openBrowser(issuer), fresh()];
        const page = await browser.visit(authorize, by.headers);
        return await timed(async () => await browser.submit(page, { username: login(isKnown, by) }, by.headers));
      },
    },
    {
      name: "sign-in: a wrong password",
      async ask(isKnown) {
        const [browser, by] = [openBrowser(issuer), fresh()];
        const username = login(isKnown, by);
        const page = await browser.submit(await browser.visit(authorize, by.headers), { username }, by.headers);
        return await timed(async () => await browser.submit(page, { username, password: "wrong" }, by.headers));
      },
    },
    {
      name: "sign-in: a wrong password, by email",
      async ask(isKnown) {
        const [browser, by] = [openBrowser(issuer), fresh()];
        const username = `${login(isKnown, by)}@example.com`;
        const page = await browser.submit(await browser.visit(authorize, by.headers), { username }, by.headers);
        return await timed(async () => await browser.submit(page, { username, password: "wrong" }, by.headers));
      },
    },
    {
      name: "reset: a mail is asked for",
      async ask(isKnown) {
        const [browser, by] = [openBrowser(issuer), fresh()];
        const page = await browser.visit("/reset", by.headers);
        return await timed(async () => await browser.submit(page, { username: login(isKnown, by) }, by.headers));
      },
    },
    {
      name: "activation: a link that is old, or made up",
      async ask(isKnown) {
        const [browser, by] = [openBrowser(issuer), fresh()];
        const secret = isKnown ? (links[count % links.length] ?? "") : "a".repeat(43);
        return await timed(async () => await browser.visit(`/activate/${secret}`, by.headers));
      },
    },
    {
      name: "passkey: a wrong answer",
      async ask(isKnown) {
        const [browser, by] = [openBrowser(issuer), fresh()];
        const { form, options } = asked(await browser.visit(authorize, by.headers));
        const key = (isKnown ? passkeys : strangers)[count % passkeys.length];
        const answer = key?.get(options, { challenge: "b".repeat(43) }) ?? "";
        return await timed(async () => await browser.submit(form, { answer }, by.headers));
      },
    },
    {
      name: "device flow: a wrong password",
      async ask(isKnown) {
        const [browser, by] = [openBrowser(issuer), fresh()];
        const username = login(isKnown, by);
        const page = await browser.submit(await enterDevice(house, browser, by.headers), { username }, by.headers);
        return await timed(async () => await browser.submit(page, { username, password: "wrong" }, by.headers));
      },
    },
  ];
}

/** The sign-in page behind the code of a device. */
async function enterDevice(house: House, browser: Browser, headers: Record<string, string>): Promise<Page> {
  const reply = await fetch(`${house.issuer}/oauth/device`, {
    method: "POST",
    body: new URLSearchParams({ client_id: house.tv.clientId, scope: "openid" }),
  });
  const { user_code } = (await reply.json()) as { user_code: string };
  const entry = await browser.visit("/oauth/device/code", headers);
  return await browser.submit(await browser.submit(entry, { user_code }, headers), { confirm: "yes" }, headers);
}

/** Passkeys of some people, and activation links that do not count any more. */
async function prepare(
  folder: string,
  issuer: string,
): Promise<{ passkeys: Authenticator[]; strangers: Authenticator[]; links: string[] }> {
  const { house: opened, close } = await openForCommand({ DATA_DIR: folder });
  const house = { ...opened, config: { ...opened.config, issuer } };
  try {
    const owners = await house.db.rows<{ id: UserId }>("select id from users where username like 'user-%' limit 10");
    const passkeys: Authenticator[] = [];
    // Made as the others were, and never enrolled: making them takes time, which would come before an answer.
    const strangers: Authenticator[] = [];
    const links: string[] = [];
    for (const { id } of owners) {
      const key = makeAuthenticator(issuer, false);
      const actor = { kind: "user" as const, id, name: "", can: () => false };
      await inWork(house, { actor, requestId: "timing" }, async (work) => {
        const offer = await offerPasskey(work, house, id, "here");
        if (offer === undefined) throw new Error("passkeys are off");
        const response = key.create(offer.options as PasskeyOptions);
        const stranger = makeAuthenticator(issuer, false);
        stranger.create(offer.options as PasskeyOptions);
        strangers.push(stranger);
        await enrollPasskey(work, house, id, { place: "here", ticket: offer.ticket, response, name: "Key" });
        const { url } = await makeLink(work.tx, "", "activation", id, work.now);
        links.push(url.slice(url.lastIndexOf("/") + 1));
      });
      passkeys.push(key);
    }
    return { passkeys, strangers, links };
  } finally {
    await close();
  }
}

/** The form of a page that a passkey fills in, with what the page tells the browser. */
function asked(page: Page): { form: Page; options: PasskeyOptions } {
  const html = /<form[^>]*data-passkey=[\s\S]*?<\/form>/.exec(page.html)?.[0] ?? "";
  const options = (/data-options="([^"]*)"/.exec(html)?.[1] ?? "").replaceAll(/&quot;|&#34;/g, '"');
  return { form: { ...page, html }, options: JSON.parse(options) as PasskeyOptions };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The two-sided p of the Mann-Whitney U test, by its normal approximation. */
function likelihood(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((value) => ({ value, isOne: true })), ...other.map((value) => ({ value, isOne: false }))];
  const ranks = all.toSorted((a, b) => a.value - b.value).map(({ isOne }, index) => (isOne ? index + 1 : 0));
  const [n, m] = [one.length, other.length];
  const u = ranks.reduce((sum, rank) => sum + rank, 0) - (n * (n + 1)) / 2;
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  return 2 * (1 - normal(z));
}

/** The share of a normal distribution below z (Abramowitz and Stegun 26.2.17; error below 7.5e-8). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

if (values.help) {
  process.stdout.write(`Measures the time of answers about accounts that exist and accounts that do not, in turn.

  npm run bench:timing -- [--samples 200] [--only passkey]

  --samples N   answers of each kind; 200 unless given
  --only TEXT   only questions whose name has this in it
`);
} else await run(Number(values.samples));
