import type { Context } from "koa";
import type { House } from "../../house.ts";
import { chooseLocale, localeOf } from "../../kernel/words/locale.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import type { Settings } from "../../settings/definitions.ts";
import { readSettings } from "../../settings/read-settings.ts";
import type { Organization, PageName, PageViews } from "../pages/page-views.ts";
import { renderPage } from "../pages/render-page.ts";
import { factsOf } from "./request.ts";
import { allowFormTarget } from "./security-headers.ts";

const languageCookie = "gatehouse_lang";
const yearMs = 365 * 24 * 60 * 60 * 1000;

export interface PageOptions {
  status?: number;
  /** The language of the account, when it is known whose page it is. */
  userLocale?: string | null;
  /** `ui_locales` of the app that sent the person here. */
  uiLocales?: readonly string[];
  /** Where the forms of the page lead in the end: the redirect URI of an app. */
  leadsTo?: string | undefined;
  /** The settings, where they are read already. */
  settings?: Settings;
  /** Path and query that show this page again; by default the address of the request. */
  here?: string;
}

/** Answers with a page, in the language of the reader. Pages are for one reader: nobody keeps them. */
export async function showPage<Name extends PageName>(
  house: House,
  ctx: Context,
  name: Name,
  view: PageViews[Name],
  options: PageOptions = {},
): Promise<void> {
  const { organization, fallback } =
    options.settings === undefined ? await readOrganization(house, ctx) : organizationIn(options.settings);
  const locale = pickLocale(ctx, fallback, options);
  allowFormTarget(ctx, options.leadsTo);
  ctx.status = options.status ?? 200;
  ctx.type = "text/html; charset=utf-8";
  ctx.set("Cache-Control", "no-store");
  ctx.set("Content-Language", locale);
  ctx.vary("Accept-Language");
  ctx.body = renderPage(name, { locale, organization, here: options.here ?? ctx.originalUrl, ...view });
}

/** The language that a request's reader gets; a choice by `?lang=` is remembered in the browser. */
export function pickLocale(
  ctx: Context,
  fallback: Locale,
  { userLocale, uiLocales }: Pick<PageOptions, "userLocale" | "uiLocales"> = {},
): Locale {
  const asked = ctx.query["lang"];
  const query = typeof asked === "string" ? localeOf(asked) : undefined;
  if (query !== undefined) {
    ctx.cookies.set(languageCookie, query, { maxAge: yearMs, sameSite: "lax", httpOnly: true, signed: false });
  }
  return chooseLocale({
    query,
    cookie: ctx.cookies.get(languageCookie, { signed: false }),
    userLocale,
    uiLocales: uiLocales?.join(" "),
    acceptLanguage: ctx.get("accept-language"),
    fallback,
  });
}

function organizationIn(settings: Settings): { organization: Organization; fallback: Locale } {
  return {
    organization: { name: settings["organization.name"] },
    fallback: localeOf(settings["organization.locale"]) ?? "en",
  };
}

/** A page that says what went wrong must come even when the database is what went wrong. */
async function readOrganization(house: House, ctx: Context): Promise<{ organization: Organization; fallback: Locale }> {
  try {
    return organizationIn(await readSettings(house.db));
  } catch (error) {
    factsOf(ctx).log.warn({ err: error }, "a page was made without the settings of the organization");
    return { organization: { name: "Gatehouse" }, fallback: "en" };
  }
}
