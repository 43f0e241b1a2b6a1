import { invalidate } from "$app/navigation";
import type { ImportState } from "#contract/imports.ts";

const everyMs = 1000;
const moving: readonly (ImportState | undefined)[] = ["checking", "applying", "undoing"];

/** Asks how far an import is, again and again while a job works on it and the page is seen. */
export function keepAsking(state: () => ImportState | undefined): void {
  $effect(() => {
    if (!moving.includes(state())) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void invalidate("console:import");
    }, everyMs);
    return () => clearInterval(timer);
  });
}
