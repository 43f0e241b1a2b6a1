import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ parent }) => {
  const [{ user }, roles] = await Promise.all([parent(), call("listRoles").catch(() => ({ items: [] }))]);
  return { user: await user, roles: roles.items };
};
