import { error } from "@sveltejs/kit";
import { mailLocales, mailNames } from "#contract/mail-templates.ts";
import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, depends }) => {
  depends("console:page");
  const name = mailNames.find((one) => one === params.name);
  const locale = mailLocales.find((one) => one === params.locale);
  if (name === undefined || locale === undefined) error(404);
  return { name, locale, template: call("getMailTemplate", { params: { name, locale } }) };
};
