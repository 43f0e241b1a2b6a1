import { lookup as lookUp } from "node:dns";
import type { LookupAddress } from "node:dns";
import { request as requestHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import ipaddr from "ipaddr.js";

/** A request that this machine makes to an address that somebody typed in. */
export interface Outgoing {
  method: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

/** Where such requests may lead, beside the public internet. */
export interface Reach {
  /** Private networks, as CIDR ranges. */
  privateNetworks: readonly string[];
  /** Whether the machine itself may be asked too: where the issuer is on localhost, so are the apps. */
  localhost: boolean;
}

/** An address that this machine does not ask. */
export class RefusedAddress extends Error {
  override name = "RefusedAddress";
}

/** The whole request, answer included, takes this long at most. */
const timeoutMs = 2500;

/** Keys of an app are a few kilobytes; nobody here reads more. */
const mostBytes = 256 * 1024;

/** What is never asked for on private networks, whatever is allowed: there are the keys of clouds (169.254.169.254). */
const openable = new Set(["private", "uniqueLocal", "carrierGradeNat"]);

/**
 * Asks an address that somebody typed in: an app's, not one of the house. Names are looked up here and the connection
 * goes to what was checked, so that a name which changes its address in between leads nowhere else; redirects are not
 * followed (server-side request forgery, OWASP ASVS 5.0 §1.3.6).
 *
 * @throws RefusedAddress the address is of this machine or of a private network that is not allowed
 * @throws Error the other side cannot be reached, takes too long or says too much
 */
export async function ask(url: URL, request: Outgoing, reach: Reach): Promise<Response> {
  if (url.protocol !== "https:" && !(url.protocol === "http:" && reach.localhost)) {
    throw new RefusedAddress(`${url.protocol}// is not asked; https:// is`);
  }
  const bare = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (ipaddr.isValid(bare)) check(bare, reach);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = send(
      url,
      {
        method: request.method,
        headers: {
          ...request.headers,
          ...(request.body !== undefined && { "content-length": String(Buffer.byteLength(request.body)) }),
        },
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
        lookup: (name, options, found) => {
          lookUp(name, { ...options, all: true }, (error, addresses) => {
            if (error !== null) return found(error, []);
            const good = allowed(name, addresses, reach);
            if (good instanceof Error) return found(good, []);
            const [first] = good;
            if (options.all === true || first === undefined) return found(null, good);
            return found(null, first.address, first.family);
          });
        },
      },
      resolve,
    );
    asked.once("error", reject);
    asked.end(request.body);
  });
  return new Response(hasBody(reply.statusCode) ? await readAll(reply) : drain(reply), {
    status: reply.statusCode ?? 500,
    headers: Object.entries(reply.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  });
}

/** Whether a text is a list of CIDR ranges, apart by spaces or commas; nothing is one too. */
export function isRangeList(text: string): boolean {
  return readRanges(text).every((range) => ipaddr.isValidCIDR(range));
}

/** The ranges of such a list. */
export function readRanges(text: string): string[] {
  return text.split(/[\s,]+/).filter((range) => range !== "");
}

function allowed(name: string, addresses: LookupAddress[], reach: Reach): LookupAddress[] | Error {
  try {
    for (const { address } of addresses) check(address, reach);
    return addresses;
  } catch (error) {
    return new RefusedAddress(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws RefusedAddress */
function check(text: string, reach: Reach): void {
  const address = ipaddr.process(text);
  const range = address.range();
  if (range === "unicast") return;
  if (reach.localhost && range === "loopback") return;
  const isOpen =
    openable.has(range) &&
    reach.privateNetworks.some((network) => {
      const [base, bits] = ipaddr.parseCIDR(network);
      return base.kind() === address.kind() && address.match(base, bits);
    });
  if (isOpen || (reach.localhost && openable.has(range))) return;
  throw new RefusedAddress(`${address.toString()} is not an address on the internet (${range})`);
}

// Statuses whose answers have no body; `Response` refuses one.
function hasBody(status: number | undefined): boolean {
  return status !== 204 && status !== 205 && status !== 304;
}

function drain(reply: IncomingMessage): null {
  reply.resume();
  return null;
}

async function readAll(reply: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) {
      reply.destroy();
      throw new Error(`the answer has more than ${mostBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
