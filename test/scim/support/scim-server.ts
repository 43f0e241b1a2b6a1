import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import { pino } from "pino";
import { inWork, trusted } from "#server/db/work.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import type { NewDirectory } from "#server/directories/create-directory.ts";
import { mountScim } from "#server/http/scim/mount-scim.ts";
import { meetRequest } from "#server/http/shell/request.ts";
import { openHouse } from "#server/house.ts";
import type { House } from "#server/house.ts";
import { freshDatabase } from "#test/support/database.ts";
import { scimClient } from "./scim-client.ts";
import type { ScimClient } from "./scim-client.ts";

/** A house on a database of its own, with the door of the directories open on a free port. */
export interface ScimServer {
  house: House;
  origin: string;
  /** Makes a directory and answers a client that has its token. */
  connect(directory?: Partial<NewDirectory>): Promise<ScimClient>;
  /** Lines of the log at level `error`. */
  faults: string[];
  close(): Promise<void>;
}

/** The base address that answers carry, whatever the port is. */
export const baseUrl = "https://id.example.com/scim/v2";

/** Opens a server for one test file. */
export async function openScimServer(): Promise<ScimServer> {
  const { connection, drop } = await freshDatabase();
  const faults: string[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void faults.push(line) });
  const house = await openHouse(config, connection, log);
  const app = new Koa();
  app.silent = true;
  app.use(meetRequest(house));
  app.use(mountScim(house));
  const server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let count = 0;
  return {
    house,
    origin,
    faults,
    async connect(directory = {}) {
      count += 1;
      const made = await inWork(
        house,
        { actor: trusted("operator", "test"), requestId: "test" },
        async (work) => await createDirectory(work, { name: `directory-${count}`, rateLimit: null, ...directory }),
      );
      return scimClient(origin, { id: made.directory.id, token: made.token });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await house.close();
      await drop();
    },
  };
}

const config = {
  host: "127.0.0.1",
  port: 0,
  issuer: "https://id.example.com",
  databaseUrl: undefined,
  dataDir: "/nowhere",
  secretKey: "a-secret-key-for-tests-that-is-long-enough",
  previousSecretKeys: [],
  smtpUrl: undefined,
  mailFrom: "Gatehouse <no-reply@id.example.com>",
  admin: undefined,
  trustProxy: [],
  processes: 1,
  logLevel: "error" as const,
  production: false,
};
