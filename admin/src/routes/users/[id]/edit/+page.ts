import { error } from "@sveltejs/kit";
import { asProblem } from "#console/api/as-problem.ts";
import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ parent }) => {
  const { user } = await parent();
  try {
    // Who may not see roles keeps the one that there is.
    const [found, roles, attributes] = await Promise.all([
      user,
      call("listRoles").catch(() => ({ items: [] })),
      call("listAttributes"),
    ]);
    return { user: found, roles: roles.items, attributes: attributes.items };
  } catch (cause) {
    const problem = asProblem(cause);
    error(problem.status === 404 ? 404 : 503, problem.message);
  }
};
