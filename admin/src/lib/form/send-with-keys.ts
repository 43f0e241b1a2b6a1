/** Ctrl Enter, or ⌘ Enter, sends the form from any of its fields. */
export function sendWithKeys(form: HTMLFormElement): () => void {
  function send(event: KeyboardEvent) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  }
  form.addEventListener("keydown", send);
  return () => form.removeEventListener("keydown", send);
}
