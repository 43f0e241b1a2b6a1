import { setTimeout as pause } from "node:timers/promises";

export type Json = Record<string, unknown>;

export interface ScimReply {
  status: number;
  body: Json;
  etag: string | null;
}

const patienceMs = 30_000;
const mostTries = 6;

/** A refusal, with what the server said. */
export class ScimRefusal extends Error {
  override name = "ScimRefusal";
}

/** Speaks SCIM as directories do: one bearer token, JSON, a pause when it is told to wait (RFC 6585 §4). */
export class ScimClient {
  readonly baseUrl: string;
  readonly #token: string;
  /** How long each answer took, in milliseconds. */
  readonly times: number[] = [];
  /** How often it was told to wait. */
  waits = 0;

  constructor(baseUrl: string, token: string) {
    this.baseUrl = baseUrl;
    this.#token = token;
  }

  /**
   * Sends one request.
   *
   * @throws ScimRefusal any answer but 2xx
   */
  async send(method: string, path: string, body?: Json): Promise<ScimReply> {
    for (let tries = 1; ; tries += 1) {
      const startedAt = performance.now();
      const response = await fetch(this.baseUrl + path, {
        method,
        headers: {
          Authorization: `Bearer ${this.#token}`,
          Accept: "application/scim+json, application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/scim+json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await response.text();
      this.times.push(performance.now() - startedAt);
      if (response.status === 429 && tries < mostTries) {
        this.waits += 1;
        await pause(1000 * Math.min(30, Number(response.headers.get("retry-after") ?? 1) || 1));
        continue;
      }
      const read = text === "" ? {} : (JSON.parse(text) as Json);
      if (response.ok) return { status: response.status, body: read, etag: response.headers.get("etag") };
      throw new ScimRefusal(
        `${method} ${path}: ${response.status} ${String(read["scimType"] ?? "")} ${String(read["detail"] ?? "")}`.trim(),
      );
    }
  }

  /** The one resource whose attribute has this value, as directories match (`userName eq "ada"`). */
  async findOne(type: "Users" | "Groups", attribute: string, value: string, more = ""): Promise<Json | undefined> {
    const filter = encodeURIComponent(`${attribute} eq ${JSON.stringify(value)}`);
    const { body } = await this.send("GET", `/${type}?filter=${filter}&startIndex=1&count=2${more}`);
    const found = Array.isArray(body["Resources"]) ? (body["Resources"] as Json[]) : [];
    if (found.length > 1) throw new ScimRefusal(`${attribute} ${JSON.stringify(value)} names two resources.`);
    return found[0];
  }
}
