import { singleKeys } from "#console/frame/single-keys.svelte.ts";

const steps: Partial<Record<string, 1 | -1>> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

/**
 * J and K move the focus down and up the rows of a table, as do the arrows where the focus is in a row already; Enter
 * then follows the link of the row, and Space ticks it where it has a box.
 * A row takes part when it has a link or button marked `data-row`.
 */
export function rowKeys(table: HTMLElement): () => void {
  function act(event: KeyboardEvent) {
    if (event.key === " ") tick(event);
    else move(event);
  }

  function move(event: KeyboardEvent) {
    const step = steps[event.key];
    if (step === undefined || !(event.key.startsWith("Arrow") ? isInRow(event) : singleKeys.mayUse(event))) return;
    const rows = [...table.querySelectorAll<HTMLElement>("[data-row]")];
    const current = document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-row]");
    const at = current === null || current === undefined ? -1 : rows.indexOf(current);
    const next = rows[step === 1 ? at + 1 : Math.max(0, at - 1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus({ focusVisible: true });
    next.closest("tr")?.scrollIntoView({ block: "nearest" });
  }

  /** Arrows belong to the row only on its link or its box: elsewhere they choose, or move in a text. */
  function isInRow(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const { activeElement } = document;
    return table.contains(activeElement) && activeElement?.matches("tbody :is([data-row], [type=checkbox])") === true;
  }

  function tick(event: KeyboardEvent) {
    const { activeElement } = document;
    if (event.defaultPrevented || !table.contains(activeElement) || activeElement?.matches("a[data-row]") !== true)
      return;
    const box = activeElement.closest("tr")?.querySelector<HTMLInputElement>("[type=checkbox]");
    if (box === null || box === undefined) return;
    event.preventDefault();
    box.click();
  }

  addEventListener("keydown", act);
  return () => removeEventListener("keydown", act);
}
