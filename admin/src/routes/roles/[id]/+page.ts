import { error } from "@sveltejs/kit";
import { asProblem } from "#console/api/as-problem.ts";
import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ params, depends }) => {
  depends("console:page");
  try {
    return { role: await call("getRole", { params }) };
  } catch (cause) {
    const problem = asProblem(cause);
    error(problem.status === 404 || problem.status === 403 ? problem.status : 503, problem.message);
  }
};
