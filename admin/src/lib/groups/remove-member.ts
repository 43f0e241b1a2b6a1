import { tick } from "svelte";
import { asProblem } from "#console/api/as-problem.ts";
import { toast } from "#console/frame/toasts.svelte.ts";
import { say } from "#console/words/say.svelte.ts";
import { sentenceOf } from "#console/words/sentence-of.ts";

/**
 * Removes at once and offers to take it back: nothing is lost that adding again would not bring.
 *
 * @param name whom or what it is about
 * @param acts how to remove, how to add again, and how to show what is so now
 */
export async function removeWithUndo(
  name: string,
  acts: { remove: () => Promise<unknown>; add: () => Promise<unknown>; refresh: () => Promise<void> },
): Promise<void> {
  const tell = (error: unknown) =>
    toast({ text: say.groupWork.undoFailed, second: sentenceOf(asProblem(error)), isBad: true });
  try {
    await acts.remove();
  } catch (error) {
    const problem = asProblem(error);
    toast({ text: sentenceOf(problem), isBad: true });
    return;
  }
  toast({
    text: say.groupWork.removed(name),
    second: say.groupWork.removedSecond,
    async undo() {
      try {
        await acts.add();
        toast({ text: say.groupWork.undone(name) });
      } catch (error) {
        tell(error);
      }
      await acts.refresh();
    },
  });
  await acts.refresh();
}

/** Keeps the focus in the list when the button that had it goes with its row. */
export async function focusBeside(button: HTMLElement, act: () => Promise<void>): Promise<void> {
  const list = button.closest<HTMLElement>("[role=region]");
  const at = [...(list?.querySelectorAll("[data-remove]") ?? [])].indexOf(button);
  await act();
  await tick();
  if (button.isConnected || list === null) return;
  const left = list.querySelectorAll<HTMLElement>("[data-remove]");
  (left[Math.min(at, left.length - 1)] ?? list).focus();
}
