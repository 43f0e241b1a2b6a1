import type { Context } from "koa";
import type { House } from "../../house.ts";
import { readForm } from "../shell/read-body.ts";
import { setPolicy } from "../shell/security-headers.ts";

// The html of a template, each byte of which may be written as three.
const limitBytes = 1024 * 1024;

/**
 * Shows the html of a mail in a frame of the console, as a mail program would: the page sends what it has, and gets it
 * back as a document of its own, which may have styles but runs nothing, loads nothing and leads nowhere.
 * A frame filled by the page itself would be bound by the policy of the console, which forbids the styles of mails.
 *
 * @throws access.foreignOrigin request.tooLarge
 */
export async function frameMail(house: House, ctx: Context): Promise<void> {
  const fields = await readForm(house, ctx, { limitBytes });
  setPolicy(ctx, {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    sandbox: [],
  });
  ctx.set({ "X-Frame-Options": "SAMEORIGIN", "Cache-Control": "no-store" });
  ctx.type = "text/html; charset=utf-8";
  // A sandbox opens no other windows, so a link in it does nothing.
  ctx.body = `<!doctype html><base target="_blank">${(fields.get("html") ?? "").replace(/^\s*<!doctype[^>]*>/i, "")}`;
}
