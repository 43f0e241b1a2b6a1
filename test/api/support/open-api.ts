import type { Permission } from "#contract/permissions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

// oxlint-disable-next-line no-explicit-any -- a test reads answers as deep as it likes and compares what it finds
export type Body = any;

export interface Reply {
  status: number;
  headers: Headers;
  body: Body;
}

/** A house whose admin API is called with tokens. */
export interface TestApi {
  house: ServedHouse;
  /** A token with these permissions; the same one again for the same ones. */
  token(...permissions: Permission[]): Promise<string>;
  call(
    token: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Reply>;
  /** The latest event of a type, as it is stored. */
  lastEvent(type: string): Promise<Body>;
  close(): Promise<void>;
}

/** Opens a house for a test file; close it in `afterAll`. */
export async function openTestApi(): Promise<TestApi> {
  const house = await serveHouse();
  const tokens = new Map<string, string>();
  return {
    house,
    async token(...permissions) {
      const name = `token ${permissions.join(" ")}`;
      const known = tokens.get(name);
      if (known !== undefined) return known;
      const { token } = await house.work(async (work) => await createApiToken(work, { name, permissions }));
      tokens.set(name, token);
      return token;
    },
    async call(token, method, path, body, headers) {
      const reply = await fetch(`${house.issuer}/api/v1${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await reply.text();
      // A file is handed on as it is.
      const isJson = reply.headers.get("content-type")?.includes("json") === true;
      return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text || undefined };
    },
    lastEvent: async (type) =>
      await house.db.row("select * from events where type = $1 order by id desc limit 1", [type]),
    close: async () => await house.close(),
  };
}
