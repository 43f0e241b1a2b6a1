import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newId } from "#server/kernel/ids.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { queueMail } from "#server/mail/queue-mail.ts";
import { releaseDead } from "#server/tasks/presence.ts";
import { openTransport } from "#server/tasks/transport.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { openTestHouse } from "./support/house.ts";
import type { TestHouse } from "./support/house.ts";

/** A mail server that takes connections and never says a word. */
interface Silent {
  url: string;
  connections: number;
  close(): Promise<void>;
}

let house: TestHouse;
let silent: Silent;

beforeEach(async () => {
  silent = await openSilent();
  house = await openTestHouse({ smtpUrl: silent.url });
});
afterEach(async () => {
  await silent.close();
  await house.close();
});

async function openSilent(): Promise<Silent> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    opened.connections += 1;
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const opened: Silent = {
    url: `smtp://127.0.0.1:${port}`,
    connections: 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
  return opened;
}

async function queueOne(): Promise<void> {
  const data = { organization: "Gatehouse", sentAt: house.now(), timeZone: "UTC" };
  const mail = { to: "one@example.com", userId: null, name: "test", locale: "en", data, now: house.now() } as const;
  await house.work(async (work) => await queueMail(house, work.tx, mail));
}

/** Names of the workers that hold the mail's job. */
async function holders(): Promise<(string | null)[]> {
  const rows = await house.db.rows<{ locked_by: string | null }>(
    "select locked_by from graphile_worker.jobs where task_identifier = 'mail.send'",
  );
  return rows.map((row) => row.locked_by);
}

/** A worker in a process of its own, which can be killed. */
async function killWorkerInJob(): Promise<void> {
  const { connectionString, host, port, user, database } = house.db.pool.options;
  const body = `
    const { openHouse } = await import("#server/house.ts");
    const { workJobs } = await import("#server/tasks/work-jobs.ts");
    const { createLog } = await import("#server/kernel/log.ts");
    const { config, connection } = JSON.parse(process.argv[1]);
    await workJobs(await openHouse(config, connection, createLog({ level: "silent" })));`;
  const connection = { connectionString, host, port, user, database };
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", body, JSON.stringify({ config: house.config, connection })],
    { cwd: join(import.meta.dirname, ".."), stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = once(child, "close");
  await expect.poll(() => silent.connections, { timeout: 15_000 }).toBe(1);
  child.kill("SIGKILL");
  await ended;
}

test("a job that a killed worker had is done soon by the next", async () => {
  await queueOne();
  await killWorkerInJob();
  expect(await holders()).toEqual([expect.any(String)]);
  // What the supervisor waits before it replaces a process.
  await pause(500);
  const worker = await workJobs(house, { finishMs: 0 });
  await expect.poll(() => silent.connections, { timeout: 5000 }).toBe(2);
  await worker.close();
});

test("a living worker keeps its jobs, whoever starts or looks beside it", async () => {
  await queueOne();
  const one = await workJobs(house, { finishMs: 0 });
  await expect.poll(() => silent.connections, { timeout: 5000 }).toBe(1);
  const held = await holders();
  const other = await workJobs(house, { finishMs: 0 });
  await releaseDead(house);
  expect(await holders()).toEqual(held);
  expect(held).toEqual([expect.any(String)]);
  await Promise.all([one.close(), other.close()]);
});

test("a worker whose session broke opens another and keeps its jobs", async () => {
  await queueOne();
  const worker = await workJobs(house, { finishMs: 0 });
  await expect.poll(() => silent.connections, { timeout: 5000 }).toBe(1);
  const locks = async () =>
    await house.db.rows<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and classid = 7426 and objsubid = 2
       and database = (select oid from pg_database where datname = current_database())`,
    );
  const [before] = await locks();
  await house.db.rows("select pg_terminate_backend($1)", [before?.pid]);
  await expect.poll(async () => (await locks()).filter((lock) => lock.pid !== before?.pid).length).toBe(1);
  await releaseDead(house);
  expect(await holders()).toEqual([expect.any(String)]);
  await worker.close();
});

test("a worker that stops does not wait for a mail server that hangs, and leaves the mail to others", async () => {
  await queueOne();
  const worker = await workJobs(house, { finishMs: 300 });
  await expect.poll(() => silent.connections, { timeout: 5000 }).toBe(1);
  const before = Date.now();
  await worker.close();
  expect(Date.now() - before).toBeLessThan(3000);
  expect(await holders()).toEqual([null]);
});

test("a mail server that says nothing is given up", async () => {
  const transport = openTransport({ smtpUrl: silent.url, mailFrom: "no-reply@example.com" }, 200);
  const mail = {
    to: "one@example.com",
    subject: "",
    text: "",
    html: "",
    messageId: `<${newId<UserId>(new Date())}@x>`,
  };
  await expect(transport?.send(mail)).rejects.toThrow(/greeting/i);
});
