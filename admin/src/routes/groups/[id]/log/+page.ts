import { call } from "#console/api/call.ts";
import { logQuery } from "#console/logs/log-query.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:page");
  return { events: call("listEvents", { query: { ...logQuery(url), subject: params.id } }) };
};
