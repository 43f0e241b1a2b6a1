import type { Context } from "koa";
import { Failure } from "../../contract/failure.ts";
import type { House } from "../../house.ts";
import { wordsFor } from "../../kernel/words/words.ts";
import { browserName } from "../../sessions/browser-name.ts";
import { readSettings } from "../../settings/read-settings.ts";
import { failureText } from "../failure-words.ts";
import type { FieldError, Form, PasswordRules } from "../pages/page-views.ts";
import { formToken } from "../shell/same-origin.ts";
import { pickLocale } from "../shell/show-page.ts";
import type { PageOptions } from "../shell/show-page.ts";

/** A form of ours: where it goes, and the token that says it came from a page of ours. */
export function formTo(house: House, ctx: Context, action: string, more: Partial<Form> = {}): Form {
  return { action, csrf: formToken(house, ctx), ...more };
}

/** Refusals that a form can show beside its fields; all others are for the error page. */
const shown = /^(?:password|passkey|user|attribute|signin|role|factor)\./;

/**
 * Turns a refusal into sentences beside the fields of the form that caused it.
 *
 * @throws what is no refusal of a field
 */
export function errorsOf(
  error: unknown,
  ctx: Context,
  options: Pick<PageOptions, "userLocale" | "uiLocales"> = {},
  fieldNames: Readonly<Record<string, string>> = {},
): FieldError[] {
  if (!(error instanceof Failure) || !shown.test(error.code)) throw error;
  const field = error.field === undefined ? undefined : (fieldNames[error.field] ?? error.field);
  return [{ text: failureText(error, pickLocale(ctx, "en", options)), ...(field === undefined ? {} : { field }) }];
}

/** The password policy as the page shows it. @param personal words of the account */
export async function rulesFor(house: House, personal: readonly (string | null | undefined)[]): Promise<PasswordRules> {
  const settings = await readSettings(house.db);
  const classes = (["lower", "upper", "digit", "symbol"] as const).filter(
    (name) => settings[`passwords.require${name[0]?.toUpperCase() ?? ""}${name.slice(1)}` as "passwords.requireLower"],
  );
  return {
    minLength: settings["passwords.minLength"],
    classes,
    personal: personal.flatMap((text) => (text == null || text.length < 4 ? [] : [text])),
    common: true,
    history: settings["passwords.history"],
  };
}

/** What a passkey that is made here is called at first: browser and system, where the browser says so. */
export function nameOfBrowser(ctx: Context, user: { locale: string | null }): string {
  return (
    browserName(ctx.get("user-agent")) ??
    wordsFor(pickLocale(ctx, "en", { userLocale: user.locale })).secondFactor.usePasskey
  );
}
