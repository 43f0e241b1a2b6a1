import { invalidate } from "$app/navigation";

/** Often enough to see it move, seldom enough for the server. */
const pauseMs = 1000;

/**
 * Asks anew for a bulk action while it works.
 *
 * @param working something new with each answer while there is work left; empty or undefined when there is none
 */
export function whileWorking(working: () => readonly unknown[] | undefined): void {
  $effect(() => {
    if ((working()?.length ?? 0) === 0) return undefined;
    const timer = setTimeout(() => void invalidate("console:bulk"), pauseMs);
    return () => clearTimeout(timer);
  });
}
