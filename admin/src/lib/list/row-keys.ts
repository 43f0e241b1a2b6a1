import { singleKeys } from "#console/frame/single-keys.svelte.ts";

/**
 * J and K move the focus down and up the rows of a table; Enter then follows the link of the row.
 * A row takes part when it has a link or button marked `data-row`.
 */
export function rowKeys(table: HTMLElement): () => void {
  function move(event: KeyboardEvent) {
    if ((event.key !== "j" && event.key !== "k") || !singleKeys.mayUse(event)) return;
    const rows = [...table.querySelectorAll<HTMLElement>("[data-row]")];
    const current = document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-row]");
    const at = current === null || current === undefined ? -1 : rows.indexOf(current);
    const next = rows[event.key === "j" ? at + 1 : Math.max(0, at - 1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus({ focusVisible: true });
    next.closest("tr")?.scrollIntoView({ block: "nearest" });
  }
  addEventListener("keydown", move);
  return () => removeEventListener("keydown", move);
}
