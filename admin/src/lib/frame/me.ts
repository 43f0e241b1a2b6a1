import { createContext } from "svelte";
import type { Reply } from "#console/api/call.ts";

/** Who looks at the console; the frame sets it. */
export const [me, setMe] = createContext<() => Reply<"getMe">>();
