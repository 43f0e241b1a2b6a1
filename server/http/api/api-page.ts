import type { Endpoint } from "../../contract/endpoint.ts";
import { endpoints } from "../../contract/endpoints.ts";
import { failures } from "../../contract/failure.ts";
import { permissions } from "../../contract/permissions.ts";

/** A page to read the admin API, made from the contract; it needs no script. */
export function apiPage(): string {
  const rows = Object.entries(endpoints) as [string, Endpoint][];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Admin API · Gatehouse</title>
<link rel="stylesheet" href="/assets/tokens.css"><link rel="stylesheet" href="/assets/base.css"></head>
<body><main class="main"><h1>Admin API</h1>
<p>Everything that the console does. Send a token as <code>Authorization: Bearer …</code>; <code>gatehouse token create</code> makes one.
The same as a machine reads it: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${rows.map(([name, endpoint]) => section(name, endpoint)).join("\n")}
</main></body></html>`;
}

function section(name: string, endpoint: Endpoint): string {
  const needs = endpoint.permission === null ? "any permission" : permissions[endpoint.permission];
  const refusals = endpoint.failures.map(
    (code) => `<li><code>${code}</code> (${failures[code].status}) ${escape(failures[code].says)}</li>`,
  );
  return `<section id="${name}"><h2><code>${endpoint.method} /api/v1${escape(endpoint.path)}</code></h2>
<p>${escape(endpoint.summary)}. Answers ${endpoint.status}. Needs: ${escape(needs)}.</p>
${refusals.length === 0 ? "" : `<details><summary>What it may refuse</summary><ul>${refusals.join("")}</ul></details>`}</section>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
