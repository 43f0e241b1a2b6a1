import "./quiet-zod.ts";
import type { z } from "zod";
import type { Endpoint } from "#contract/endpoint.ts";
import { endpoints } from "#contract/endpoints.ts";
import type { Endpoints } from "#contract/endpoints.ts";
import { Problem } from "./problem.ts";
import { signInAgain } from "./sign-in-again.ts";

type OperationId = keyof Endpoints;

/** A part of the request may be left out when nothing in it is required. */
type Part<Name extends string, Input> = {} extends Input ? { [Key in Name]?: Input } : { [Key in Name]: Input };

type Ask<Id extends OperationId> = Part<"params", z.input<Endpoints[Id]["params"]>> &
  Part<"query", z.input<Endpoints[Id]["query"]>> &
  Part<"body", z.input<Endpoints[Id]["body"]>> & {
    /** The version that was seen: where somebody else was faster, it is refused with request.stale. */
    version?: string;
  };

/** What an operation of the admin API answers. */
export type Reply<Id extends OperationId> = z.output<Endpoints[Id]["reply"]>;

const timeoutMs = 30_000;

/**
 * Calls the admin API: `call("listUsers", { query: { q: "ada" } })`.
 *
 * @returns the reply; checked against the contract in development only, since the server checks it on the way out
 * @throws Problem for every refusal and when no answer comes
 */
export function call<Id extends OperationId>(
  operation: Id,
  ...[ask]: {} extends Ask<Id> ? [ask?: Ask<Id>] : [ask: Ask<Id>]
): Promise<Reply<Id>> {
  const reply = askFor(operation, ask);
  // A load hands the promise on before the page listens to it; the page then says what went wrong.
  reply.catch(() => {});
  return reply;
}

async function askFor<Id extends OperationId>(operation: Id, ask: Ask<Id> | undefined): Promise<Reply<Id>> {
  const endpoint: Endpoint = endpoints[operation];
  const { params, query, body, version } = (ask ?? {}) as {
    params?: Texts;
    query?: Texts;
    body?: unknown;
    version?: string;
  };
  const address = `/api/v1${fillPath(endpoint.path, params ?? {})}${queryText(query ?? {})}`;
  const response = await send(endpoint, address, body, version);
  if (!response.ok) throw await readProblem(response);
  const reply: unknown = response.status === 204 ? undefined : await readJson(response);
  return (import.meta.env.DEV ? endpoint.reply.parse(reply) : reply) as Reply<Id>;
}

type Texts = Record<string, string | number | undefined>;

/** Keys of creations that got no answer: asked for again, they are the same creation, not a second one. */
const unanswered = new Map<string, string>();

async function send(endpoint: Endpoint, address: string, body: unknown, version?: string): Promise<Response> {
  const creation = endpoint.status === 201 ? `${address} ${JSON.stringify(body)}` : undefined;
  const key = creation === undefined ? undefined : (unanswered.get(creation) ?? newKey());
  if (creation !== undefined && key !== undefined) unanswered.set(creation, key);
  const response = await fetchFrom(endpoint, address, body, {
    ...(key !== undefined && { "idempotency-key": key }),
    ...(version !== undefined && { "if-match": `W/"${version}"` }),
  });
  if (creation !== undefined) unanswered.delete(creation);
  return response;
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function fetchFrom(
  endpoint: Endpoint,
  address: string,
  body: unknown,
  more: Readonly<Record<string, string>>,
): Promise<Response> {
  try {
    return await fetch(address, {
      method: endpoint.method,
      // Refusals come back in the language of the page where the server has it.
      headers: {
        accept: "application/json",
        "accept-language": document.documentElement.lang,
        ...(endpoint.method !== "GET" && { "content-type": "application/json" }),
        ...more,
      },
      // A mutation always has a media type, so that no plain form of another site can imitate it.
      ...(endpoint.method !== "GET" && { body: JSON.stringify(body ?? {}) }),
      credentials: "same-origin",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    const isLate = cause instanceof DOMException && cause.name === "TimeoutError";
    throw new Problem({ code: isLate ? "console.timeout" : "console.unreachable" });
  }
}

function fillPath(path: string, params: Texts): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
}

function queryText(query: Texts): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}

async function readProblem(response: Response): Promise<Problem> {
  if (response.status === 401) signInAgain();
  const requestId = response.headers.get("x-request-id") ?? "";
  try {
    const wire: unknown = await response.json();
    if (typeof wire === "object" && wire !== null && "code" in wire && typeof wire.code === "string") {
      return new Problem({ requestId, status: response.status, ...wire, code: wire.code });
    }
  } catch {
    // Not JSON: a proxy in between answered.
  }
  return new Problem({ code: "console.garbled", status: response.status, requestId });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new Problem({ code: "console.garbled", requestId: response.headers.get("x-request-id") ?? "" });
  }
}
