import { invalidate } from "$app/navigation";
import { page } from "$app/state";

const everyMs = 2000;
/** The facts of the directory itself change slowly: every fifth time is often enough. */
const factsEvery = 5;

/**
 * Asks for the newest requests again and again while it is switched on, the page is seen, and its list begins with the
 * newest: an older page stays as it is.
 */
export class Live {
  isOn = $state(true);
  readonly canRun = $derived(!page.url.searchParams.has("cursor"));

  constructor() {
    $effect(() => {
      if (!this.isOn || !this.canRun) return undefined;
      let count = 0;
      const timer = setInterval(() => {
        if (document.visibilityState !== "visible") return;
        count += 1;
        void invalidate("console:page");
        if (count % factsEvery === 0) void invalidate("console:directory");
      }, everyMs);
      return () => clearInterval(timer);
    });
  }
}
