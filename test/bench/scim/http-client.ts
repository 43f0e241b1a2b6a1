import { Agent, request } from "node:http";

export interface Answer {
  status: number;
  text: string;
}

/**
 * Speaks HTTP as a directory does: connections that stay open, a bearer token, SCIM's media type. It is plain
 * `node:http`, since what a client costs is taken from the same cores.
 */
export class HttpClient {
  readonly #base: URL;
  readonly #token: string;
  readonly #agent: Agent;

  /** @param connections how many there are at most; they are made as they are needed */
  constructor(base: string, token: string, connections: number) {
    this.#base = new URL(base);
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: "fifo" });
  }

  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request({
      agent: this.#agent,
      host: this.#base.hostname,
      port: this.#base.port,
      method,
      path: this.#base.pathname + path,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: "application/scim+json",
        ...(text !== undefined && {
          "content-type": "application/scim+json",
          "content-length": Buffer.byteLength(text),
        }),
      },
    });
    return await new Promise((resolve, reject) => {
      sent.once("error", reject);
      sent.once("response", (response) => {
        let received = "";
        response.setEncoding("utf8").on("data", (piece: string) => (received += piece));
        response.once("error", reject);
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text: received }));
      });
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
