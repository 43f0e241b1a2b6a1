import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createApp } from "#server/apps/create-app.ts";
import { createResource } from "#server/apps/resources.ts";
import { openForCommand, operator } from "#server/cli/open-house.ts";
import { inWork } from "#server/db/work.ts";
import { hashPassword } from "#server/passwords/hash.ts";
import { setPassword } from "#server/passwords/set-password.ts";
import { createUser } from "#server/users/create-user.ts";
import { freePort } from "#test/support/gatehouse-process.ts";

export const people = 40;
export const password = "plum-kettle-orbit-93";
export const redirectUri = "http://127.0.0.1:9/callback";

const main = join(import.meta.dirname, "../../../server/main.ts");

/** A Gatehouse of its own, for a benchmark. */
export interface House {
  pid: number;
  issuer: string;
  clientId: string;
  clientSecret: string;
  machine: { clientId: string; clientSecret: string };
  tv: { clientId: string };
  close(): Promise<void>;
}

/** The API that tokens of machines are for. */
export const api = "https://api.example.com/";

/** A Gatehouse run as its operator runs it, without the worker. */
export async function openHouse(folder: string, env: Record<string, string> = {}): Promise<House> {
  const { house, close } = await openForCommand({ DATA_DIR: folder });
  let made: Pick<House, "clientId" | "clientSecret" | "machine" | "tv">;
  try {
    made = await inWork(house, operator(), async (work) => {
      const { app, clientSecret } = await createApp(work, {
        name: "Benchmark",
        kind: "web",
        redirectUris: [redirectUri],
      });
      await createResource(work, {
        identifier: api,
        name: "Benchmark API",
        scopes: [{ name: "read", description: "" }],
        access: "ownApps",
        tokenFormat: "jwt",
        signingAlg: "RS256",
      });
      const machine = await createApp(work, { name: "Machine", kind: "machine" });
      const tv = await createApp(work, {
        name: "Television",
        kind: "public",
        grantTypes: ["urn:ietf:params:oauth:grant-type:device_code"],
      });
      return {
        clientId: app.clientId,
        clientSecret: clientSecret ?? "",
        machine: { clientId: machine.app.clientId, clientSecret: machine.clientSecret ?? "" },
        tv: { clientId: tv.app.clientId },
      };
    });
    const hash = await hashPassword(password);
    for (let number = 0; number < people; number += 1) {
      await inWork(house, operator(), async (work) => {
        const username = `user-${number}`;
        const emails = [{ value: `${username}@example.com`, primary: true }];
        const id = await createUser(work, { username, displayName: username, resource: { emails } });
        await setPassword(work, id, { hash }, { isTemporary: false, event: "user.passwordSet" });
      });
    }
  } finally {
    await close();
  }
  const port = String(await freePort());
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [main, "--only", "server"], {
    env: { PATH, HOME, DATA_DIR: folder, PORT: port, LOG_LEVEL: "error", ...env },
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
