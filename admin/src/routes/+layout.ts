import { asProblem } from "#console/api/as-problem.ts";
import { call } from "#console/api/call.ts";
import { beginSpeaking } from "#console/words/say.svelte.ts";
import type { LayoutLoad } from "./$types";

// The console is files only: everything it shows comes from the admin API.
export const ssr = false;

export const load: LayoutLoad = async ({ depends }) => {
  depends("console:me");
  try {
    const me = await call("getMe");
    await beginSpeaking(me);
    return { me };
  } catch (error) {
    await beginSpeaking({ locale: null, timeZone: null });
    return { refusal: asProblem(error) };
  }
};
