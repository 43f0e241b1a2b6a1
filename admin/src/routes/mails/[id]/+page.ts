import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, depends }) => {
  depends("console:page");
  return { id: params.id, mail: call("getMail", { params }) };
};
