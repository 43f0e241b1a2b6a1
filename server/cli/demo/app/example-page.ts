/** What the example application knows about who is signed in. */
export interface SignedIn {
  claims: Record<string, unknown>;
}

const style = `
  :root { color-scheme: light dark; --ink: light-dark(#1d2430, #e8ebf0); --soft: light-dark(#5b6573, #9aa4b2);
    --paper: light-dark(#fff, #171b22); --desk: light-dark(#eef1f5, #0e1116); --line: light-dark(#dfe4ea, #2a313c);
    --brand: light-dark(#1f6f5c, #5cc7ac); --on-brand: light-dark(#fff, #06231c); }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; background: var(--desk); color: var(--ink);
    font: 16px/1.5 system-ui, "Noto Sans", "Noto Sans CJK JP", sans-serif }
  header { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: 1rem 1.5rem;
    background: var(--paper); border-bottom: 1px solid var(--line) }
  header strong { font-size: 1.05rem } header strong::before { content: "▤ "; color: var(--brand) }
  main { max-width: 46rem; margin: 2.5rem auto; padding: 0 1.5rem }
  section { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 1.75rem; margin-bottom: 1.25rem }
  h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere } p { margin: 0 0 1.25rem; color: var(--soft) }
  h2 { font-size: .95rem; margin: 0 0 .75rem; color: var(--soft); font-weight: 600 }
  a.button { display: inline-block; padding: .6rem 1.1rem; border-radius: 9px; background: var(--brand);
    color: var(--on-brand); text-decoration: none; font-weight: 600 }
  a.quiet { background: none; color: var(--ink); border: 1px solid var(--line) }
  dl { display: grid; grid-template-columns: 11rem 1fr; gap: .55rem 1rem; margin: 0 }
  dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate }
  ul { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0; padding: 0; list-style: none }
  li { padding: .2rem .7rem; border-radius: 99px; background: var(--desk); border: 1px solid var(--line); unicode-bidi: isolate }
  summary { cursor: pointer; color: var(--soft); font-weight: 600 } details[open] summary { margin-bottom: .75rem }
  @media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .6rem } }`;

/** The one page of the example application: an invitation to sign in, or the claims that came with the sign-in. */
export function examplePage(signedIn: SignedIn | undefined): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Team notes</title><style>${style}</style></head>
<body><header><strong>Team notes</strong>${signedIn === undefined ? "" : '<a class="button quiet" href="/sign-out">Sign out</a>'}</header>
<main>${signedIn === undefined ? invitation : claimsOf(signedIn)}</main></body></html>`;
}

const invitation = `<section><h1>Notes for your team</h1>
<p>A small example application. It knows nobody by itself: who you are, it learns from Gatehouse.</p>
<a class="button" id="sign-in" href="/sign-in">Sign in with Gatehouse</a></section>`;

/** Claims about the sign-in rather than about the person. */
const protocolClaims = new Set([
  "iss",
  "aud",
  "exp",
  "iat",
  "auth_time",
  "nonce",
  "acr",
  "amr",
  "azp",
  "at_hash",
  "sid",
]);

function claimsOf({ claims }: SignedIn): string {
  const { groups, ...others } = claims;
  const names = Array.isArray(groups) ? groups.map(String) : [];
  const chips = names.map((name) => `<li>${escape(name)}</li>`).join("");
  const [personal, protocol] = [false, true].map((isProtocol) =>
    Object.entries(others)
      .filter(([name]) => protocolClaims.has(name) === isProtocol)
      .map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(textOf(value))}</dd>`)
      .join(""),
  );
  return `<section><h1>Hello, ${escape(textOf(claims["name"] ?? claims["sub"]))}</h1>
<p>This is what Gatehouse says about you.</p><dl>${personal}</dl></section>
<section><h2>Your groups</h2><ul>${chips}</ul></section>
<section><details><summary>About this sign-in</summary><dl>${protocol}</dl></details></section>
<script type="application/json" id="claims">${JSON.stringify(claims).replaceAll("<", "\\u003c")}</script>`;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function escape(text: string): string {
  const marks: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}
