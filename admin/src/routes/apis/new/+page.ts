import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = () => ({ apps: call("listApps", { query: { limit: 200 } }) });
