import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import { pino } from "pino";
import { createDirectory } from "#server/directories/create-directory.ts";
import type { NewDirectory } from "#server/directories/create-directory.ts";
import { mountScim } from "#server/http/scim/mount-scim.ts";
import { meetRequest } from "#server/http/shell/request.ts";
import { openTestHouse } from "#test/support/house.ts";
import type { TestHouse } from "#test/support/house.ts";
import { scimClient } from "./scim-client.ts";
import type { ScimClient } from "./scim-client.ts";

/** A house on a database of its own, with the door of the directories open on a free port. */
export interface ScimServer {
  house: TestHouse;
  origin: string;
  /** Makes a directory and answers a client that has its token. */
  connect(directory?: Partial<NewDirectory>): Promise<ScimClient>;
  /** Lines of the log at level `error`: whatever became a 500. */
  faults: string[];
  /** Writes what waits of the request log. */
  flush(): Promise<void>;
  /** Opens a second door on the same database, as another process has one. */
  another(): Promise<Door>;
  close(): Promise<void>;
}

interface Door {
  origin: string;
  flush(): Promise<void>;
  close(): Promise<void>;
}

const issuer = "https://id.example.com";

/** The base address that answers carry, whatever the port is. */
export const baseUrl = `${issuer}/scim/v2`;

/** Opens a server for one test file. */
export async function openScimServer(): Promise<ScimServer> {
  const faults: string[] = [];
  const house = await openTestHouse({ issuer });
  house.log = pino({ level: "error" }, { write: (line: string) => void faults.push(line) });
  const doors = [await openDoor(house)];
  const [door] = doors;
  if (door === undefined) throw new Error("there is no door");
  let count = 0;
  return {
    house,
    origin: door.origin,
    faults,
    flush: door.flush,
    async another() {
      const made = await openDoor(house);
      doors.push(made);
      return made;
    },
    async connect(directory = {}) {
      count += 1;
      const name = `directory-${count}`;
      const made = await house.work(
        async (work) => await createDirectory(work, { name, rateLimit: null, ...directory }),
      );
      return scimClient(door.origin, { id: made.directory.id, token: made.token });
    },
    async close() {
      for (const one of doors) await one.close();
      await house.close();
    },
  };
}

async function openDoor(house: TestHouse): Promise<Door> {
  const door = mountScim(house);
  const app = new Koa();
  app.silent = true;
  app.use(meetRequest(house));
  app.use(door);
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  // As the real one: an idle connection must not close while the client takes it up again.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    flush: async () => await door.close(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await door.close();
    },
  };
}
