import type { Context } from "koa";
import { expect, test } from "vitest";
import { sourceOf } from "./same-origin.ts";

const issuer = "https://id.example.com";

function context(headers: Record<string, string>): Context {
  return { get: (name: string) => headers[name] ?? "" } as unknown as Context;
}

test.each([
  [{ "sec-fetch-site": "same-origin" }, "own"],
  [{ "sec-fetch-site": "same-origin", origin: "null" }, "own"],
  [{ "sec-fetch-site": "same-site" }, "foreign"],
  [{ "sec-fetch-site": "cross-site", origin: issuer }, "foreign"],
  [{ "sec-fetch-site": "none" }, "foreign"],
  [{ origin: issuer }, "own"],
  [{ origin: "https://evil.example" }, "foreign"],
  [{ origin: "https://id.example.com.evil.example" }, "foreign"],
  [{ origin: "http://id.example.com" }, "foreign"],
  [{ origin: "null" }, "unknown"],
  [{ origin: "null", referer: `${issuer}/signin/x` }, "own"],
  [{ referer: `${issuer}/signin/x` }, "own"],
  [{ referer: `https://evil.example/${issuer}` }, "foreign"],
  [{ referer: "nonsense" }, "foreign"],
  [{}, "unknown"],
])("[S8] a request with %o is %s", (headers, expected) => {
  expect(sourceOf(context(headers as Record<string, string>), issuer)).toBe(expected);
});
