import { createServer, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { duplexPair } from "node:stream";
import Koa from "koa";
import type { House } from "../../house.ts";
import { mountScim } from "../scim/mount-scim.ts";
import type { Happened } from "../scim/request-log.ts";
import { meetRequest } from "../shell/request.ts";

/** A client that hears nothing for this long has lost the line. */
const patienceMs = 20_000;

export interface Sent {
  method: string;
  /** Below the SCIM root, with its query. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface Received {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
  /** What the door kept of the request: what it was read as, and why it was refused. */
  happened: Happened | undefined;
}

/** A line to the door of the directories that never leaves the process. */
export interface Wire {
  /** @throws Error no answer came */
  send(sent: Sent): Promise<Received>;
}

/**
 * Opens a line to a SCIM door of its own. What is sent is written as HTTP/1.1 and read by Node's parser, as from any
 * client, over a pair of streams: there is no port and no address, so there is nothing else that it could reach. The
 * request log of the directory is not written.
 */
export function openWire(house: House): Wire {
  let happened: Happened | undefined;
  const app = new Koa();
  app.silent = true;
  app.use(meetRequest(house));
  app.use(mountScim(house, (one) => (happened = one)));
  const handle = app.callback();
  const server = createServer((req, res) => void handle(req, res));
  const { host } = new URL(house.config.issuer);
  return {
    async send({ method, path, headers, body }) {
      happened = undefined;
      const [client, door] = duplexPair();
      server.emit("connection", door);
      try {
        const bytes = body === undefined ? undefined : Buffer.from(body);
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          const outgoing = request({
            method,
            path: `/scim/v2${path}`,
            createConnection: () => client,
            headers: {
              ...headers,
              host,
              connection: "close",
              ...(bytes !== undefined && { "content-length": String(bytes.length) }),
            },
            signal: AbortSignal.timeout(patienceMs),
          });
          outgoing.on("response", resolve).on("error", reject).end(bytes);
        });
        const chunks: Buffer[] = [];
        for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
        return {
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
          happened,
        };
      } finally {
        client.destroy();
        door.destroy();
      }
    },
  };
}
