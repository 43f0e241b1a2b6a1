import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openForCommand, operator } from "#server/cli/open-house.ts";
import { sealEvents } from "#server/audit/seal-events.ts";
import { renewSealKey } from "#server/audit/seal.ts";
import { selectUserByUsername } from "#server/db/sql/users.ts";
import { inWork } from "#server/db/work.ts";
import { argumentsOf } from "#server/main/roles.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { createUser } from "#server/users/create-user.ts";
import { openInstallation } from "#test/bench/scim/installation.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Order, Told } from "./exporter.ts";
import type { Line, Verdict } from "./report.ts";

export interface Plan {
  users: number;
  folder: string;
  rounds: number;
  tell(line: string): void;
}

/** Fifteen columns as an administrator would choose them: texts, words, numbers, moments, parts of documents. */
const columns =
  "id username displayName givenName familyName email phone title department employeeNumber status marketingConsent signInCount lastActiveAt createdAt".split(
    " ",
  );

const ways: readonly Order["way"][] = ["cursor", "csv", "xlsx"];
const names = { cursor: "bare cursor", csv: "CSV", xlsx: "XLSX" };
const visitor = "bench-visitor";
const password = "plum-kettle-orbit-93";
const quietMs = 15_000;

/** Measures each way in turn, round after round, with one person who signs in all the time. */
export async function benchmark(plan: Plan): Promise<{ lines: Line[]; verdicts: Verdict[] }> {
  const folder = join(plan.folder, `data-${plan.users}`);
  plan.tell(`an installation with ${plan.users} users …`);
  const installation = await openInstallation({ users: plan.users, folder, connections: 1 });
  const signIns = makeSignIns(installation.origin.replace("127.0.0.1", "localhost"));
  try {
    await makeVisitor(folder);
    plan.tell("sealing the log …");
    await sealAll(folder);
    const lines: Line[] = [];
    const usual = await signIns.during(async () => await pause(quietMs));
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const way of ways) {
        plan.tell(`round ${round} of ${plan.rounds}: ${names[way]} …`);
        const exporter = await openExporter(folder);
        let told: Told | undefined;
        const signIn = await signIns.during(async () => {
          told = await exporter.ask({ way, columns });
        });
        await exporter.stop();
        if (told === undefined) throw new Error("nothing was told");
        lines.push({
          name: names[way],
          rows: told.rows,
          megabytes: told.bytes / 1e6,
          seconds: told.milliseconds / 1000,
          perSecond: (told.rows / told.milliseconds) * 1000,
          memory: told.peak - told.idle,
          signIn,
        });
      }
    }
    return { lines: [{ ...nothing, name: "nothing else", signIn: usual }, ...lines], verdicts: judge(lines, usual) };
  } finally {
    await installation.close();
  }
}

const nothing = { rows: 0, megabytes: 0, seconds: quietMs / 1000, perSecond: 0, memory: 0 };

function judge(lines: readonly Line[], usual: number): Verdict[] {
  const best = (name: string) => Math.max(...lines.filter((line) => line.name === name).map((line) => line.perSecond));
  const most = (name: string, of: (line: Line) => number) =>
    Math.max(...lines.filter((line) => line.name === name).map(of));
  const verdicts: Verdict[] = [];
  for (const [name, share, memory] of [["CSV", 0.5, 200] as const, ["XLSX", 0.2, 250] as const]) {
    const rate = best(name) / best("bare cursor");
    verdicts.push({ aim: `${name}: rate / the bare cursor's ≥ ${share}`, value: rate, isReached: rate >= share });
    const above = most(name, (line) => line.memory);
    verdicts.push({ aim: `${name}: MiB above idle ≤ ${memory}`, value: above, isReached: above <= memory });
    const slower = Math.min(...lines.filter((line) => line.name === name).map((line) => line.signIn)) / usual;
    verdicts.push({ aim: `${name}: sign-in p95 / usual ≤ 1.5`, value: slower, isReached: slower <= 1.5 });
  }
  return verdicts;
}

async function makeVisitor(folder: string): Promise<void> {
  const { house, close } = await openForCommand({ DATA_DIR: folder });
  try {
    if ((await selectUserByUsername(house.db, visitor)) !== undefined) return;
    const checked = await preparePassword(house.db, password, {
      username: visitor,
      display_name: visitor,
      given_name: null,
      family_name: null,
      email: null,
    });
    await inWork(house, operator(), async (work) => {
      const id = await createUser(work, { username: visitor, displayName: visitor, resource: {} });
      await setPassword(work, id, checked, { isTemporary: false, event: "user.passwordSet" });
    });
  } finally {
    await close();
  }
}

/** The worker would seal what was seeded while something else is measured. */
async function sealAll(folder: string): Promise<void> {
  const { house, close } = await openForCommand({ DATA_DIR: folder });
  try {
    const key = await renewSealKey(house.db, house.keyring);
    while ((await inWork(house, operator(), async (work) => await sealEvents(work, key))) > 0);
  } finally {
    await close();
  }
}

/** Somebody who signs in again and again, each time in a new browser. */
function makeSignIns(origin: string) {
  return {
    /** @returns the 95th percentile in milliseconds */
    async during(act: () => Promise<void>): Promise<number> {
      const state = { isOver: false };
      const took: number[] = [];
      const visit = async () => {
        while (!state.isOver) {
          const startedAt = performance.now();
          const browser = openBrowser(origin);
          const named = await browser.submit(await browser.visit(`${origin}/account/`), { username: visitor });
          await browser.submit(named, { username: visitor, password });
          took.push(performance.now() - startedAt);
          await pause(100);
        }
      };
      const visits = visit();
      await act();
      state.isOver = true;
      await visits;
      const sorted = took.toSorted((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? 0;
    },
  };
}

/** A process that is told over IPC what to make. */
async function openExporter(folder: string) {
  const { PATH, HOME } = process.env;
  const child: ChildProcess = fork(join(import.meta.dirname, "exporter.ts"), {
    // As a worker is begun.
    execArgv: [...argumentsOf.worker],
    env: { PATH, HOME, DATA_DIR: folder },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await once(child, "message");
  return {
    async ask(order: Order): Promise<Told> {
      child.send(order);
      const [told] = (await once(child, "message")) as [Told];
      return told;
    },
    async stop(): Promise<void> {
      child.send("stop");
      await once(child, "exit");
    },
  };
}
