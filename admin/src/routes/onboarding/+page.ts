import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import { daysOf, waitingWords } from "#console/onboarding/waiting-query.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  const days = daysOf(url);
  return {
    days,
    people: call("listOnboarding", { query: { ...pageOf(url), ...waitingWords(url) } }),
    figures: call("getOnboardingFigures", { query: { days } }),
  };
};
