const key = "gatehouse.singleKeys";

let isOn = $state(localStorage.getItem(key) !== "off");

/** Shortcuts of one letter: only outside fields and dialogs, and they can be turned off (WCAG 2.1.4). */
export const singleKeys = {
  get isOn() {
    return isOn;
  },
  set isOn(next: boolean) {
    isOn = next;
    localStorage.setItem(key, next ? "on" : "off");
  },
  /** Says whether this key press may act as a shortcut. */
  mayUse(event: KeyboardEvent): boolean {
    if (!isOn || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
      return false;
    const target = event.target instanceof Element ? event.target : undefined;
    return (
      target?.closest(
        "input:not([type=checkbox]), textarea, select, [contenteditable], [role='menu'], [role='listbox']",
      ) == null && document.querySelector("dialog[open]") === null
    );
  },
};
