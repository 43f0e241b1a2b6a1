import { z } from "zod";
import { permissionsFor } from "../../contract/endpoint.ts";
import type { Endpoint } from "../../contract/endpoint.ts";
import { endpoints } from "../../contract/endpoints.ts";
import { failures } from "../../contract/failure.ts";
import { permissions } from "../../contract/permissions.ts";
import { problem } from "../../contract/shapes.ts";

type Json = Record<string, unknown>;

/** Failures that any endpoint may answer with. */
const always = ["access.signInNeeded", "access.denied", "request.invalid"] as const;

/**
 * The admin API as an OpenAPI 3.1 document, printed from the contract (C2).
 *
 * @param issuer the public origin
 */
export function openApi(issuer: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, endpoint] of Object.entries(endpoints) as [string, Endpoint][]) {
    const path = `/api/v1${endpoint.path.replace(/:(\w+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(name, endpoint) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Gatehouse admin API",
      version: "1",
      description:
        "Everything that the console does. Send an API token as a bearer token; `gatehouse token create` makes one.",
    },
    servers: [{ url: issuer }],
    security: [{ token: [] }],
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { Problem: schemaOf(problem, "output") },
    },
    paths,
  };
}

function operation(name: string, endpoint: Endpoint): Json {
  const any = permissionsFor(endpoint).map((permission) => permissions[permission]);
  const needs = any.length === 0 ? "Any permission." : `Needs: ${any.join(", or: ")}.`;
  return {
    operationId: name,
    summary: endpoint.summary,
    description: needs,
    tags: [endpoint.path.split("/")[1]],
    parameters: [...parameters(endpoint.params, "path"), ...parameters(endpoint.query, "query"), ...headers(endpoint)],
    ...requestBody(endpoint),
    responses: { [endpoint.status]: success(endpoint), ...refusals(endpoint) },
  };
}

function parameters(schema: z.ZodType, place: "path" | "query"): Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function headers(endpoint: Endpoint): Json[] {
  const found: Json[] = [];
  const header = (name: string, description: string) =>
    found.push({ name, in: "header", required: false, description, schema: { type: "string" } });
  if (endpoint.status === 201 && endpoint.takesFile === undefined) {
    header("Idempotency-Key", "Sent again with the same key within 24 hours, nothing is made twice.");
  }
  if (endpoint.isVersioned === true && endpoint.method !== "GET") {
    header("If-Match", "The ETag of what you saw: when somebody else was faster, nothing is changed.");
  }
  return found;
}

function requestBody(endpoint: Endpoint): Json {
  if (endpoint.method === "GET" || endpoint.method === "DELETE") return {};
  if (endpoint.takesFile !== undefined) {
    const file = { schema: { type: "string", format: "binary" } };
    return { requestBody: { required: true, content: { "application/octet-stream": file } } };
  }
  return {
    requestBody: { required: true, content: { "application/json": { schema: schemaOf(endpoint.body, "input") } } },
  };
}

function success(endpoint: Endpoint): Json {
  if (endpoint.status === 204) return { description: "Done." };
  if (endpoint.givesFile !== undefined) {
    const file = { schema: { type: "string", format: "binary" } };
    return { description: "The file.", content: Object.fromEntries(endpoint.givesFile.map((type) => [type, file])) };
  }
  return { description: "Done.", content: { "application/json": { schema: schemaOf(endpoint.reply, "output") } } };
}

function refusals(endpoint: Endpoint): Json {
  const byStatus: Record<string, string[]> = {};
  for (const code of new Set([...always, ...endpoint.failures])) {
    const { status, says } = failures[code];
    (byStatus[status] ??= []).push(`\`${code}\`: ${says}`);
  }
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, lines]) => [status, { description: lines.join("\n\n"), content }]),
  );
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}
