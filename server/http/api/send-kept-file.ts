import { Readable } from "node:stream";
import type { Context } from "koa";
import type { KeptBytes } from "../../exports/download-export.ts";

/** The part of a file that is asked for: its first byte, and the one behind its last. */
interface Part {
  from: number;
  to: number;
}

/**
 * Sends a file as it is read, or the part of it that a Range header asks for (RFC 9110 §14): a download that broke off
 * goes on where it was. Several parts at once are not offered; then the whole file is sent, as the standard allows.
 */
export function sendKeptFile(ctx: Context, file: KeptBytes): void {
  ctx.set("Accept-Ranges", "bytes");
  ctx.set("ETag", file.etag);
  ctx.set("Content-Type", file.type);
  // Names are our own: letters, digits, dots and hyphens.
  ctx.set("Content-Disposition", `attachment; filename="${file.name}"`);
  const part = partOf(ctx, file);
  if (part === "none") {
    ctx.status = 416;
    ctx.set("Content-Range", `bytes */${file.bytes}`);
    ctx.body = null;
    ctx.status = 416;
    return;
  }
  const { from, to } = part ?? { from: 0, to: file.bytes };
  ctx.status = part === undefined ? 200 : 206;
  if (part !== undefined) ctx.set("Content-Range", `bytes ${from}-${to - 1}/${file.bytes}`);
  ctx.body = ctx.method === "HEAD" ? "" : Readable.from(file.read(from, to), { objectMode: false, highWaterMark: 1 });
  ctx.set("Content-Type", file.type);
  ctx.length = to - from;
}

/** @returns undefined for the whole file; none when it has no such part */
function partOf(ctx: Context, { bytes, etag }: KeptBytes): Part | "none" | undefined {
  const header = ctx.get("range");
  const condition = ctx.get("if-range");
  // A part of another file is of no use (RFC 9110 §13.1.5).
  if (header === "" || (condition !== "" && condition !== etag)) return undefined;
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.replaceAll(" ", "")) ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const count = Math.min(Number(last), bytes);
    return count === 0 ? "none" : { from: bytes - count, to: bytes };
  }
  const from = Number(first);
  const to = last === "" ? bytes : Math.min(Number(last) + 1, bytes);
  if (last !== "" && Number(last) < from) return undefined;
  return from >= bytes ? "none" : { from, to };
}
