// Forms that a passkey fills in (WebAuthn). The pages say which other ways there are for browsers that cannot.
//   form data-passkey="get|create"   asks the browser for an answer when it is sent, and then goes on with it
//   data-options                     what the browser is told, as JSON (WebAuthn §5.4.8, §5.5.2)
//   data-autofill                    passkeys are offered in the name field as well; not after one was refused
//   [data-passkey-button]            hidden in the page, because it does nothing without this script
//   [data-passkey-says]              where it is said why nothing happened

const forms = [...document.querySelectorAll("form[data-passkey]")];

/** Only one question may be open: whoever presses the button ends the one that waits in the name field. */
let open;

for (const form of forms) {
  if (window.PublicKeyCredential === undefined) say(form, "unsupported");
  else offer(form);
}

// A browser that comes back to the page may remember the last answer, which was used up.
window.addEventListener("pageshow", () => {
  for (const form of forms) form.elements.answer.value = "";
});

function offer(form) {
  form.elements.answer.value = "";
  for (const button of document.querySelectorAll("[data-passkey-button]")) button.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.elements.answer.value !== "") return;
    event.preventDefault();
    void answer(form);
  });
  if (form.dataset.autofill !== undefined) void offerInNameField(form);
}

async function offerInNameField(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  await answer(form, { mediation: "conditional" });
}

async function answer(form, more = {}) {
  open?.abort();
  const mine = (open = new AbortController());
  const isWaiting = more.mediation === "conditional";
  if (!isWaiting) quiet(form);
  try {
    const credential = await ask(form, { ...more, signal: mine.signal });
    form.elements.answer.value = JSON.stringify(toJson(credential));
    form.submit();
  } catch (error) {
    // Nobody asked for what waits in the name field, so nothing is said when it ends.
    if (isWaiting || mine.signal.aborted) return;
    say(form, error.name === "InvalidStateError" ? "known" : error.name === "NotAllowedError" ? "cancelled" : "failed");
  }
}

async function ask(form, more) {
  const options = JSON.parse(form.dataset.options);
  options.challenge = toBytes(options.challenge);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const one of list ?? []) one.id = toBytes(one.id);
  }
  if (form.dataset.passkey === "get") return await navigator.credentials.get({ publicKey: options, ...more });
  options.user.id = toBytes(options.user.id);
  return await navigator.credentials.create({ publicKey: options, ...more });
}

/** What the server reads; bytes as base64url. */
function toJson({ id, rawId, type, response }) {
  const bytes = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const read = bytes.filter((name) => response[name]).map((name) => [name, toText(response[name])]);
  const transports = response.getTransports?.();
  return {
    id,
    rawId: toText(rawId),
    type,
    response: { ...Object.fromEntries(read), ...(transports === undefined ? {} : { transports }) },
  };
}

function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function say(form, what) {
  const place = form.querySelector("[data-passkey-says]");
  const words = form.dataset[what];
  if (place === null || words === undefined) return;
  place.querySelector("span").textContent = words;
  place.hidden = false;
}

function quiet(form) {
  const place = form.querySelector("[data-passkey-says]");
  if (place !== null) place.hidden = true;
}
