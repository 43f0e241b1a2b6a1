import { localeNames, locales } from "../../kernel/words/locale.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import { formatZone } from "../../kernel/words/moments.ts";
import type { Clock } from "../../kernel/words/moments.ts";
import { wordsFor } from "../../kernel/words/words.ts";
import { blanks } from "./blanks.ts";
import { engine } from "./engine.ts";
import type { Form, PageFrame, PageName, PageViews, PasskeyForm } from "./page-views.ts";
import { presentRules } from "./present-rules.ts";
import type { RulesView } from "./present-rules.ts";

/**
 * Renders a page at the door as a whole HTML document. It needs no JavaScript and carries no inline script or style.
 *
 * @param name which page
 * @param view what the page shows and, from the frame, language, organization and its own address
 * @throws Error a template asks for what the view does not have; a bug, never the reader's doing
 *
 * @example
 * ctx.body = renderPage("reset-done", { locale, organization, here: ctx.url, signinHref: "/account/" });
 */
export function renderPage<Name extends PageName>(name: Name, view: PageFrame & PageViews[Name]): string {
  const { locale, organization, here, ...own } = view as PageFrame & AnyView;
  const words = wordsFor(locale);
  const clock: Clock = { timeZone: "UTC", now: new Date(0), userLocale: own.person?.locale, ...own.clock, locale };
  const form = own.form && presentForm(own.form);
  const scope = {
    ...blanks[name],
    ...withoutUndefined(own),
    ...(form && { form }),
    ...(own.again && typeof own.again === "object" && { again: presentForm(own.again) }),
    ...(own.leave && { leave: presentForm(own.leave) }),
    ...(own.passkey && { passkey: { ...own.passkey, form: presentForm(own.passkey.form) } }),
    ...(own.rules && { rules: presentRules(own.rules, words, locale) satisfies RulesView }),
    ...(own.clock && { zone: formatZone(clock) }),
  };
  const hasErrors = (form?.errors.length ?? 0) > 0;
  const globals = { words, locale, organization, clock, hasErrors, languages: languageLinks(here) };
  return engine.renderFileSync(name, scope, { globals }) as string;
}

/** The parts of views that are prepared before the templates see them. */
interface AnyView {
  form?: Form;
  again?: Form | boolean;
  leave?: Form;
  passkey?: PasskeyForm | undefined;
  rules?: PageViews["activate"]["rules"];
  clock?: PageViews["account-home"]["clock"];
  person?: { locale?: string | undefined };
}

/** A form with nothing missing, so that templates may name every part. */
function presentForm(form: Form) {
  return {
    action: form.action,
    csrf: form.csrf ?? null,
    hidden: form.hidden ?? [],
    errors: (form.errors ?? []).map(({ field, text }) => ({ field: field ?? null, text })),
  };
}

/** This page in each language. Only path and query of `here` count, so that it cannot lead to another host. */
function languageLinks(here: string): { locale: Locale; name: string; href: string }[] {
  const address = new URL(`http://here.invalid/${here.replace(/^[/\\]+/, "")}`);
  return locales.map((locale) => {
    address.searchParams.set("lang", locale);
    return { locale, name: localeNames[locale], href: `${address.pathname}${address.search}` };
  });
}

function withoutUndefined(view: object): object {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined));
}
