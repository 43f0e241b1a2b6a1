import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import { mailWords } from "#console/mails/mail-query.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  return { mails: call("listMails", { query: { ...pageOf(url), ...mailWords(url) } }) };
};
