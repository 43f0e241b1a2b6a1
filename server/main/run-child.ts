import { constants, setPriority } from "node:os";
import { Failure } from "#server/contract/failure.ts";
import type { Connection } from "#server/db/connect.ts";
import type { House } from "#server/house.ts";
import { readConfig } from "#server/kernel/config.ts";
import { completeConfig } from "#server/kernel/data-dir.ts";
import { createLog } from "#server/kernel/log.ts";
import { StartError } from "#server/kernel/start-error.ts";
import type { Order, Report, Role } from "./roles.ts";

/** Requests and jobs that run when a stop is asked for get this long. */
const finishMs = 10_000;

/**
 * One process below the supervisor. It loads its modules at once and opens the house when it is told where the database
 * is. It ends when told to, and with its supervisor: Node ends a cluster's process whose channel closes.
 */
export async function runChild(role: Role, env: NodeJS.ProcessEnv): Promise<void> {
  // Ctrl-C reaches every process of a terminal; only the supervisor decides what follows.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  const config = await completeConfig(readConfig(env));
  const log = createLog({ level: config.logLevel, forPeople: process.stdout.isTTY && !config.production });
  if (role === "worker") yieldToRequests();
  const modules = load(role);
  const stopped = ordered("stop");
  const opened = ordered("open");
  report({ type: "up" });
  const order = await Promise.race([opened, stopped]);
  if (order.type === "stop") process.exit(0);
  const { connection, isFirst } = order;
  try {
    const { openHouse, open } = await modules;
    const house = await openHouse(config, connection, log);
    if (isFirst) await seeToPartitions(house);
    const setupLink = isFirst ? await seeToAdministrator(house) : undefined;
    const running = await open(house);
    report({ type: "ready", setupLink });
    await stopped;
    setTimeout(() => process.exit(1), finishMs).unref();
    await running.close();
    await house.close();
    process.exit(0);
  } catch (error) {
    if (!(error instanceof StartError)) log.error({ err: error }, `this ${role} cannot run`);
    report({ type: "refused", message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect();
  }
}

/** Jobs can wait; people who sign in and directories that push cannot. */
function yieldToRequests(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some containers forbid it; then all processes are equal.
  }
}

type Modules = {
  openHouse(config: House["config"], connection: Connection, log: House["log"]): Promise<House>;
  open(house: House): Promise<{ close(): Promise<void> }>;
};

async function load(role: Role): Promise<Modules> {
  const house = import("#server/house.ts");
  if (role === "server") {
    const { serve } = await import("#server/http/serve.ts");
    return { openHouse: (await house).openHouse, open: serve };
  }
  const { workJobs } = await import("#server/tasks/work-jobs.ts");
  return { openHouse: (await house).openHouse, open: workJobs };
}

/** Before anything is recorded: a server may have stood still for months, or run without a worker. */
async function seeToPartitions(house: House): Promise<void> {
  const { makePartitions } = await import("#server/tasks/make-partitions.ts");
  await makePartitions(house);
}

async function seeToAdministrator(house: House): Promise<string | undefined> {
  const { firstStart } = await import("#server/tasks/first-start.ts");
  try {
    return (await firstStart(house)).setupLink;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new StartError(`ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD make no administrator: ${error.message}`);
  }
}

function ordered<Type extends Order["type"]>(type: Type): Promise<Extract<Order, { type: Type }>> {
  return new Promise((resolve) => {
    process.on("message", (order: Order) => {
      if (isOrder(order, type)) resolve(order);
    });
  });
}

function isOrder<Type extends Order["type"]>(order: Order, type: Type): order is Extract<Order, { type: Type }> {
  return order.type === type;
}

function report(message: Report): void {
  process.send?.(message);
}
