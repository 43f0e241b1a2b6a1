interface Toast {
  id: number;
  text: string;
  second?: string;
  isBad?: boolean;
  /** Takes back what was just done. */
  undo?: () => Promise<void>;
}

const seconds = 5;
// There must be time to read what happened, to regret it, and to get to the button.
const undoSeconds = 12;
let last = 0;

/** The outcomes of what was just done, oldest first. */
export const toasts = $state<Toast[]>([]);

/** Tells the outcome of what was just done. */
export function toast(message: Omit<Toast, "id">): void {
  last += 1;
  const id = last;
  toasts.push({ id, ...message });
}

/** Takes a toast away. */
export function dismiss(id: number): void {
  const at = toasts.findIndex((item) => item.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

/** Takes the toast away after 5 s, or 12 s where it can be taken back; the clock stands still while the pointer or the focus is on it. */
export function leaveByItself(id: number): (node: HTMLElement) => () => void {
  return (node) => {
    const hasUndo = toasts.find((item) => item.id === id)?.undo !== undefined;
    const time = (hasUndo ? undoSeconds : seconds) * 1000;
    let timer = setTimeout(() => dismiss(id), time);
    const stay = () => clearTimeout(timer);
    const go = () => {
      clearTimeout(timer);
      timer = setTimeout(() => dismiss(id), time);
    };
    node.addEventListener("pointerenter", stay);
    node.addEventListener("pointerleave", go);
    node.addEventListener("focusin", stay);
    node.addEventListener("focusout", go);
    return stay;
  };
}
