import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, depends }) => {
  depends("console:connection");
  return { id: params.id, connection: call("getConnection", { params }) };
};
