import { permissionsFor } from "../../contract/endpoint.ts";
import type { Endpoint } from "../../contract/endpoint.ts";
import { endpoints } from "../../contract/endpoints.ts";
import { failures } from "../../contract/failure.ts";
import { permissions } from "../../contract/permissions.ts";
import { assetHref } from "../serve-assets.ts";

/** A page to read the admin API, made from the contract; it needs no script. */
export function apiPage(): string {
  const nouns = new Map<string, [string, Endpoint][]>();
  for (const [name, endpoint] of Object.entries(endpoints) as [string, Endpoint][]) {
    const noun = endpoint.path.split("/")[1] ?? "";
    nouns.set(noun, [...(nouns.get(noun) ?? []), [name, endpoint]]);
  }
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Admin API · Gatehouse</title>
<link rel="icon" href="${assetHref("favicon.svg")}" type="image/svg+xml">
${["tokens.css", "base.css", "door.css"].map((name) => `<link rel="stylesheet" href="${assetHref(name)}">`).join("\n")}</head>
<body class="account"><main class="account__main" id="main"><h1>Admin API</h1>
<p>Everything that the console does. Send a token as <code>Authorization: Bearer …</code>; <code>gatehouse token create</code>
makes one. Programs read the same from <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).
<a href="/api/docs/try">Try it in the browser</a></p>
<p>Lists answer <code>items</code>, <code>total</code>, <code>nextCursor</code> and <code>previousCursor</code>; send a cursor back
as <code>cursor</code>. A refusal is a problem document (RFC 9457) with a stable <code>code</code> and the <code>field</code> it is about.</p>
${[...nouns].map(([noun, rows]) => section(noun, rows)).join("\n")}
</main></body></html>`;
}

function section(noun: string, rows: readonly [string, Endpoint][]): string {
  return `<h2 id="${noun}">${noun.slice(0, 1).toUpperCase()}${noun.slice(1)}</h2>
<div class="table-wrap table--framed" role="region" aria-labelledby="${noun}" tabindex="0"><table class="table table--compact">
<thead><tr><th scope="col">Request</th><th scope="col">What it does</th><th scope="col">Needs</th><th scope="col">May refuse</th></tr></thead>
<tbody>${rows.map(row).join("\n")}</tbody></table></div>`;
}

function row([name, endpoint]: readonly [string, Endpoint]): string {
  const any = permissionsFor(endpoint).map((permission) => permissions[permission]);
  const needs = any.length === 0 ? "Any permission" : any.join(", or: ");
  const refusals = endpoint.failures.map(
    (code) => `<code title="${escape(failures[code].says)}">${code}</code> ${failures[code].status}`,
  );
  return `<tr id="${name}"><th scope="row"><code>${endpoint.method} /api/v1${escape(endpoint.path)}</code></th>
<td>${escape(endpoint.summary)}</td><td>${escape(needs)}</td><td>${refusals.length === 0 ? "–" : refusals.join("<br>")}</td></tr>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
