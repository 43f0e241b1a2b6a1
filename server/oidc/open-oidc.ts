import type { Context, Middleware, Next } from "koa";
import type Provider from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";
import { selectReleasedClaims } from "../db/sql/attributes.ts";
import { selectKeysVersion } from "../db/sql/oidc-keys.ts";
import type { House } from "../house.ts";
import { writeAuthorization } from "./authorization-writes.ts";
import { ensureBuiltInApps } from "./app-clients.ts";
import { cookieNames } from "./cookies.ts";
import type { CookieNames } from "./cookies.ts";
import { guardUserCodes } from "./device-flow.ts";
import { ensureKeys, readKeys } from "./keys.ts";
import { makeProvider } from "./make-provider.ts";
import type { OidcPages } from "./oidc-pages.ts";
import type { OidcEvent } from "./report.ts";
import { hasUnwritten } from "./token-writes.ts";
import { tellsLater } from "./tells-of-logout.ts";

/** The OpenID provider of this process, as doors see it. */
export interface Oidc {
  house: House;
  cookies: CookieNames;
  /** The provider with the newest keys. Ask each time: another one takes its place when keys change. */
  provider(): Provider;
  /** Answers the addresses of the provider, and passes on everything else. Comes last. */
  middleware: Middleware;
}

/** How soon a running process notices new keys, and attributes that apps get as claims. */
const checkMs = 1000;

/** How long relying parties may keep keys and metadata; short, so that a key that leaked is gone soon. */
const publicMaxAgeSeconds = 300;

/**
 * Opens the provider: makes the first keys and the apps of the house where they are missing.
 *
 * @param options.pages renders the pages that the provider shows itself
 * @param options.count hears what is counted
 */
export async function openOidc(
  house: House,
  options: { pages: OidcPages; count?: (event: OidcEvent) => void },
): Promise<Oidc> {
  await ensureKeys(house);
  await ensureBuiltInApps(house);
  const { pages, count = () => {} } = options;
  const make = () => {
    const made = makeProvider(house, { keys, released }, pages, count);
    tellsLater(made, house);
    return made;
  };

  let { version, keys } = await readKeys(house);
  let released = await selectReleasedClaims(house.db);
  let provider = make();
  const guard = guardUserCodes(house.db);
  let checkedAt = Date.now();
  let checking: Promise<void> | undefined;

  const check = async () => {
    const [newest, names] = await Promise.all([selectKeysVersion(house.db), selectReleasedClaims(house.db)]);
    const hasNewKeys = newest !== version;
    if (hasNewKeys) ({ version, keys } = await readKeys(house));
    if (hasNewKeys || names.join(" ") !== released.join(" ")) {
      released = names;
      provider = make();
    }
    checkedAt = Date.now();
  };

  return {
    house,
    cookies: cookieNames(house.config.issuer),
    provider: () => provider,
    async middleware(ctx: Context, next: Next) {
      if (!isOurs(ctx.path)) return await next();
      if (Date.now() - checkedAt >= checkMs) {
        checking ??= check().finally(() => (checking = undefined));
        await checking;
      }
      const handle = provider.middleware[0] as Middleware;
      await guard(ctx, async () => await handle(ctx, next));
      await writeAuthorization(house.db, ctx);
      if (hasUnwritten(ctx)) throw new Error("an answer has tokens that are not written");
      const formTarget = formTargetOf(ctx);
      if (formTarget !== undefined) pages.allowFormTarget(ctx, formTarget);
      if (ctx.status === 200 && ctx.method === "GET" && isPublic(ctx.path)) {
        ctx.set("Cache-Control", `public, max-age=${publicMaxAgeSeconds}`);
      }
      return undefined;
    },
  };
}

/**
 * Where the form of a page that the provider made itself leads: an address that was found to be the app's. There are
 * two: the answer in `form_post`, and the one that posts itself on when nobody is signed in who could sign out.
 */
function formTargetOf(ctx: Context): string | undefined {
  if (ctx.type !== "text/html") return undefined;
  const { oidc } = ctx as unknown as KoaContextWithOIDC;
  if (ctx.path.startsWith("/oauth/authorize")) {
    return oidc.redirectUriCheckPerformed ? text(oidc.params?.["redirect_uri"]) : undefined;
  }
  // The page that asks whether to sign out names its target itself.
  if (ctx.path !== "/oauth/logout" || oidc.session?.accountId !== undefined) return undefined;
  const uri = text(oidc.params?.["post_logout_redirect_uri"]);
  return uri !== undefined && oidc.client?.postLogoutRedirectUriAllowed(uri) === true ? uri : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isOurs(path: string): boolean {
  return path.startsWith("/oauth/") || path.startsWith("/.well-known/");
}

function isPublic(path: string): boolean {
  return path === "/oauth/jwks" || path.startsWith("/.well-known/");
}
