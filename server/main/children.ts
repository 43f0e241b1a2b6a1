import cluster from "node:cluster";
import type { Worker } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import type { Connection } from "#server/db/connect.ts";
import type { Log } from "#server/kernel/log.ts";
import { StartError } from "#server/kernel/start-error.ts";
import { argumentsOf } from "./roles.ts";
import type { Order, Report, Role } from "./roles.ts";

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** A process that ran this long was well: the next restart is prompt again. */
const wellMs = 60_000;

/** Longer than the time a process gives its own requests and jobs. */
const stopMs = 12_000;

type Child = { role: Role; worker: Worker; since: number; up: Promise<void>; ended: Promise<string> };

/** The processes that do the work, one entry a place: a process that dies is followed by another in its place. */
export class Children {
  readonly #log: Log;
  readonly #places = new Map<number, Child>();
  #stopping = false;

  /** Starts the processes at once: they load their modules while the database is opened. */
  constructor(roles: readonly Role[], log: Log) {
    this.#log = log;
    roles.forEach((role, place) => this.#places.set(place, fork(role)));
  }

  /**
   * Tells all where the database is and waits until all are ready; from then on each is replaced when it dies.
   *
   * @returns the set-up link, if the first of them made one
   * @throws StartError one of them cannot do its work
   */
  async open(connection: Connection): Promise<string | undefined> {
    const places = [...this.#places.entries()];
    const links = await Promise.all(
      places.map(async ([place, child]) => await ready(child, { type: "open", connection, isFirst: place === 0 })),
    );
    for (const [place, child] of places) void this.#keep(place, child, connection);
    return links.find((link) => link !== undefined);
  }

  /** Lets all finish what they do; those that do not in time are ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const children = [...this.#places.values()];
    for (const { worker, up } of children) void up.then(() => send(worker, { type: "stop" }));
    const late = setTimeout(() => this.kill(), stopMs);
    await Promise.all(children.map((child) => child.ended));
    clearTimeout(late);
  }

  kill(): void {
    this.#stopping = true;
    for (const { worker } of this.#places.values()) worker.process.kill("SIGKILL");
  }

  async #keep(place: number, first: Child, connection: Connection): Promise<void> {
    let child = first;
    let pauseMs = firstPauseMs / 2;
    for (;;) {
      const how = await child.ended;
      if (this.#stopping) return;
      pauseMs = Date.now() - child.since > wellMs ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
      this.#log.error(
        { role: child.role, child: child.worker.process.pid, pauseMs },
        `a process ended by itself (${how})`,
      );
      await pause(pauseMs);
      if (this.#stopping) return;
      child = fork(child.role);
      this.#places.set(place, child);
      try {
        await ready(child, { type: "open", connection, isFirst: false });
        this.#log.info({ role: child.role, child: child.worker.process.pid }, "a process took its place");
      } catch (error) {
        if (this.#stopping) return;
        this.#log.error({ err: error, role: child.role }, "the process that took its place cannot run");
      }
    }
  }
}

function fork(role: Role): Child {
  cluster.setupPrimary({ execArgv: [...process.execArgv, ...argumentsOf[role]] });
  const worker = cluster.fork({ GATEHOUSE_ROLE: role });
  const ended = new Promise<string>((resolve) => {
    worker.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const up = new Promise<void>((resolve) => {
    worker.on("message", (report: Report) => {
      if (report.type === "up") resolve();
    });
  });
  // Sending to a process that has just died; its end is noticed by itself.
  worker.on("error", () => {});
  return { role, worker, since: Date.now(), up, ended };
}

async function ready(child: Child, order: Order): Promise<string | undefined> {
  const answered = new Promise<string | undefined>((resolve, reject) => {
    child.worker.on("message", (report: Report) => {
      if (report.type === "ready") resolve(report.setupLink);
      if (report.type === "refused") reject(new StartError(report.message));
    });
    void child.ended.then((how) =>
      reject(new StartError(`A ${child.role} process ended before it was ready (${how}).`)),
    );
  });
  await Promise.race([child.up, child.ended]);
  send(child.worker, order);
  return await answered;
}

function send(worker: Worker, order: Order): void {
  if (worker.isConnected()) worker.send(order);
}
