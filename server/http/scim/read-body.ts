import type { IncomingMessage } from "node:http";
import { quote, refuse, ScimError } from "#scim/messages/scim-error.ts";
import { readStrictJson } from "./strict-json.ts";

/** Largest body, in bytes: a group with 100,000 members is 6 MB. */
export const mostBytes = 10 * 1024 * 1024;

/** A client that sends nothing for this long is let go. */
const patienceMs = 30_000;

/**
 * Reads the JSON body of a request (RFC 7644 §3.1, §8.1: application/scim+json, application/json too).
 *
 * @throws ScimError 400 invalidSyntax, 408, 413, 415
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  checkType(request.headers["content-type"]);
  const encoding = request.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding !== "identity") throw new ScimError(415, `the content encoding ${quote(encoding)} is not accepted here`);
  const bytes = await readBytes(request);
  if (bytes.length === 0) throw refuse("invalidSyntax", "the request has no body");
  return readStrictJson(decode(bytes));
}

function checkType(header: string | undefined): void {
  // Without a type, what is in the body decides.
  if (header === undefined) return;
  const [type = "", ...parameters] = header.split(";").map((part) => part.trim().toLowerCase());
  if (type !== "application/scim+json" && type !== "application/json") {
    throw new ScimError(415, `the body must be application/scim+json or application/json, not ${quote(type)}`);
  }
  for (const parameter of parameters) {
    const charset = /^charset="?([^"]*)"?$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") {
      throw new ScimError(415, `the body must be UTF-8 (RFC 7644 §3.1), not ${quote(charset)}`);
    }
  }
}

function tooLarge(): ScimError {
  return new ScimError(413, `the body is larger than ${mostBytes} bytes`);
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  const late = setTimeout(() => request.destroy(new ScimError(408, "the body did not come in time")), patienceMs);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > mostBytes) throw tooLarge();
      chunks.push(chunk);
      late.refresh();
    }
  } finally {
    clearTimeout(late);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw refuse("invalidSyntax", "the body is not valid UTF-8");
  }
}
