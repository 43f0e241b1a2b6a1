import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  const asked = Number(url.searchParams.get("days") ?? 30);
  const days = [7, 30, 90].includes(asked) ? asked : 30;
  return { days, overview: call("getOverview", { query: { days } }) };
};
