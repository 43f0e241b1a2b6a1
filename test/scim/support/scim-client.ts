import { expect } from "vitest";

/** An answer, its body read as JSON where there is one. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // Tests look into answers of every shape; what is not there fails the expectation.
  body: Body;
}

// oxlint-disable-next-line no-explicit-any -- a test reads answers as deep as it likes and compares what it finds
export type Body = any;

export interface ScimClient {
  id: string;
  token: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sends anything, as it is. */
  send(
    method: string,
    path: string,
    options?: { body?: string | Uint8Array; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Lists with a filter, properly encoded. */
  find(type: "Users" | "Groups", filter: string, more?: string): Promise<Answer>;
}

/** A client that speaks as a directory does: bearer token, application/scim+json. */
export function scimClient(origin: string, directory: { id: string; token: string }): ScimClient {
  const { id, token } = directory;
  const send: ScimClient["send"] = async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(`${origin}/scim/v2${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/scim+json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: body as BodyInit }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === "" ? undefined : parse(text) };
  };
  const withBody = (method: string) => async (path: string, body: unknown, headers?: Record<string, string>) =>
    await send(method, path, { body: JSON.stringify(body), ...(headers === undefined ? {} : { headers }) });
  const bare = (method: string) => async (path: string, headers?: Record<string, string>) =>
    await send(method, path, headers === undefined ? {} : { headers });
  return {
    id,
    token,
    send,
    get: bare("GET"),
    post: withBody("POST"),
    put: withBody("PUT"),
    patch: withBody("PATCH"),
    delete: bare("DELETE"),
    find: async (type, filter, more = "") => await send("GET", `/${type}?filter=${encodeURIComponent(filter)}${more}`),
  };
}

function parse(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const core = "urn:ietf:params:scim:schemas:core:2.0:User";
export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error";

/** A User to send. */
export function person(userName: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { schemas: [core], userName, ...more };
}

/** A Group to send. */
export function team(displayName: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { schemas: [groupUrn], displayName, ...more };
}

/** The body of a PATCH. */
export function ops(...operations: unknown[]): Record<string, unknown> {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
}

/** Creates and answers the id. */
export async function made(client: ScimClient, body: Record<string, unknown>): Promise<string> {
  const isUser = "userName" in body;
  const answer = await client.post(isUser ? "/Users" : "/Groups", body);
  expect(answer.status, answer.text).toBe(201);
  return String(answer.body.id);
}

/** Expects a SCIM error (RFC 7644 §3.12) in full. */
export function expectError(answer: Answer, status: number, scimType?: string, detail?: RegExp): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/scim+json; charset=utf-8");
  expect(answer.body).toEqual({
    schemas: [errorUrn],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: expect.stringMatching(detail ?? /./),
  });
}
