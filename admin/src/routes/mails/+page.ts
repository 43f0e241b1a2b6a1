import { mailStates } from "#contract/records.ts";
import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  const state = mailStates.find((name) => name === url.searchParams.get("state"));
  return { mails: call("listMails", { query: { ...pageOf(url), state } }) };
};
