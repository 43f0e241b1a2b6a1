// Conveniences. Every page works without this file.
//   data-show="<id of the input>"   a button that shows and hides what is typed
//   data-rules="<id of the list>"   an input whose rules are marked while someone types
//   data-waits="<address>"          goes on to data-then as soon as the address no longer says that the sign-in waits

for (const button of document.querySelectorAll("[data-show]")) offerToShow(button);
for (const input of document.querySelectorAll("[data-rules]")) markRules(input);
for (const part of document.querySelectorAll("[data-waits]")) goOnWhenConfirmed(part);

/** The button is hidden in the page, because it does nothing without this script. */
function offerToShow(button) {
  const input = document.getElementById(button.dataset.show);
  const words = {
    password: { text: button.textContent, label: button.getAttribute("aria-label") },
    text: { text: button.dataset.hideText, label: button.dataset.hideLabel },
  };
  const turn = (type) => {
    input.type = type;
    button.textContent = words[type].text;
    button.setAttribute("aria-label", words[type].label);
  };
  button.hidden = false;
  button.addEventListener("click", () => turn(input.type === "password" ? "text" : "password"));
  // Sent as a password again, so that browsers do not offer it later as something typed into a text field.
  input.form.addEventListener("submit", () => turn("password"));
}

/** The server decides; this only shows early what it will say. A length counts characters, not UTF-16 units. */
function markRules(input) {
  const list = document.getElementById(input.dataset.rules);
  const rules = [...list.querySelectorAll("[data-rule]")];
  const checks = {
    length: (value, rule) => [...value].length >= Number(rule.dataset.least),
    mixed: (value) => /\p{Ll}/u.test(value) && /\p{Lu}/u.test(value),
    lower: (value) => /\p{Ll}/u.test(value),
    upper: (value) => /\p{Lu}/u.test(value),
    digit: (value) => /\p{Nd}/u.test(value),
    symbol: (value) => /[^\p{L}\p{N}\s]/u.test(value),
    personal: (value, rule) => value !== "" && !personalParts(rule).some((part) => value.toLowerCase().includes(part)),
  };
  const personalParts = (rule) =>
    [...JSON.parse(rule.dataset.parts), ...typedParts(input.form)]
      .map((part) => part.toLowerCase())
      .filter((part) => part.length > 3);
  const icons = { true: "mark-yes", false: "mark-no", open: "st-pending" };
  const states = { true: list.dataset.met, false: list.dataset.broken, open: list.dataset.open };
  const update = () => {
    for (const rule of rules) {
      const isMet = checks[rule.dataset.rule](input.value, rule);
      // Only what more typing cannot mend is shown as broken.
      const isBroken = !isMet && rule.dataset.rule === "personal" && input.value.length > 3;
      const state = isMet ? "true" : isBroken ? "false" : "open";
      rule.dataset.met = state;
      rule.querySelector("[data-state]").textContent = states[state];
      const use = rule.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icons[state]}`));
    }
  };
  input.addEventListener("input", update);
  input.form.addEventListener("input", update);
  update();
}

/** What was typed about the person in the same form: username, name and the part of the email before the @. */
function typedParts(form) {
  return ["username", "display_name", "email"].flatMap(
    (name) => form.elements[name]?.value.split("@")[0].split(/[\s._-]+/) ?? [],
  );
}

/** Asks every few seconds while the page is looked at, and ten minutes at most: the link works no longer. */
function goOnWhenConfirmed(part) {
  const until = Date.now() + 600_000;
  const ask = async () => {
    if (Date.now() > until) return;
    try {
      const reply = document.hidden ? undefined : await fetch(part.dataset.waits, { cache: "no-store" });
      if (reply !== undefined && reply.status < 500 && !(reply.ok && (await reply.json()).isWaiting)) {
        location.replace(part.dataset.then);
        return;
      }
    } catch {
      // The network is away for a moment; the next time may be better.
    }
    setTimeout(() => void ask(), 3000);
  };
  setTimeout(() => void ask(), 3000);
}
