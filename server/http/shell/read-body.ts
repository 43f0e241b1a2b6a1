import type { Context } from "koa";
import { failure } from "../../contract/failure.ts";
import type { House } from "../../house.ts";
import { oddityOf } from "./json-oddity.ts";
import { isFormToken, sourceOf } from "./same-origin.ts";

const formLimitBytes = 64 * 1024;
const jsonLimitBytes = 1024 * 1024;

/** The fields of a form, each once. */
export type FormFields = ReadonlyMap<string, string>;

/**
 * Reads a posted form and makes sure that it came from a page of ours.
 *
 * @throws access.foreignOrigin  the form was on somebody else's page
 * @throws request.wrongType     it is no form
 * @throws request.tooLarge
 * @throws request.invalid       a field comes twice, or has characters that nothing can keep
 */
export async function readForm(house: House, ctx: Context, { limitBytes = formLimitBytes } = {}): Promise<FormFields> {
  const source = sourceOf(ctx, house.config.issuer);
  if (source === "foreign") throw failure("access.foreignOrigin");
  if (ctx.is("application/x-www-form-urlencoded") === false) throw failure("request.wrongType");
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(toText(await readBytes(ctx, limitBytes)))) {
    if (fields.has(name) || name.includes("\0") || value.includes("\0")) throw failure("request.invalid");
    fields.set(name, value);
  }
  if (source === "unknown" && !isFormToken(house, ctx, fields.get("csrf"))) throw failure("access.foreignOrigin");
  return fields;
}

/**
 * Reads a JSON body.
 *
 * @param types media types that are accepted
 * @throws request.wrongType
 * @throws request.tooLarge
 * @throws request.notJson
 * @throws request.invalid    a name comes twice in one object, or is `__proto__`: readers would disagree about it
 */
export async function readJson(
  ctx: Context,
  { types = ["application/json"], limitBytes = jsonLimitBytes } = {},
): Promise<unknown> {
  if (!ctx.is(types)) throw failure("request.wrongType");
  return parseJson(toText(await readBytes(ctx, limitBytes)));
}

/** As `JSON.parse`, but refuses what means different things to different readers (RFC 8259 §4). */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // RangeError: nested deeper than the stack.
    throw failure(error instanceof RangeError ? "request.invalid" : "request.notJson");
  }
  const odd = oddityOf(text);
  if (odd !== undefined) throw failure("request.invalid", { says: `The body ${odd}.` });
  return value;
}

/**
 * Reads a body whole.
 *
 * @throws request.tooLarge   before more than the limit is in memory
 * @throws request.wrongType  it is compressed
 */
export async function readBytes(ctx: Context, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const part of readParts(ctx, limitBytes)) chunks.push(part);
  return Buffer.concat(chunks);
}

/**
 * Reads a body as it comes.
 *
 * @throws request.tooLarge   when more than the limit has come
 * @throws request.wrongType  it is compressed
 */
export async function* readParts(ctx: Context, limitBytes: number): AsyncGenerator<Buffer> {
  const encoding = ctx.get("content-encoding");
  if (encoding !== "" && encoding !== "identity") throw failure("request.wrongType");
  if ((ctx.request.length ?? 0) > limitBytes) throw tooLarge(ctx);
  let bytes = 0;
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
    const part = chunk as Buffer;
    bytes += part.length;
    if (bytes > limitBytes) throw tooLarge(ctx);
    yield part;
  }
}

/** The rest of the body is not wanted: the connection ends with the answer. */
function tooLarge(ctx: Context) {
  ctx.set("Connection", "close");
  return failure("request.tooLarge");
}

function toText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw failure("request.invalid", { says: "The body is not valid UTF-8." });
  }
}
