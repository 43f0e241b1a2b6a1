import fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../../contract/failure.ts";
import { parseJson } from "./read-body.ts";

function code(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
  return "fine";
}

test.each([
  ["{}", "fine"],
  ["null", "fine"],
  ['"a:b"', "fine"],
  ['{"a":{"a":[{"a":1},{"a":2}]}}', "fine"],
  ['{"a":"\\": {\\"b\\":","b":"x\\\\"}', "fine"],
  ['{"a" \n:1,"b"\t: 2}', "fine"],
  ["", "request.notJson"],
  ["{", "request.notJson"],
  ["{'a':1}", "request.notJson"],
  ['{"a":1,"a":2}', "request.invalid"],
  ['{"a":1,"\\u0061":2}', "request.invalid"],
  ['[{"x":{"a":1,"a":1}}]', "request.invalid"],
  ['{"__proto__":{"isAdmin":true}}', "request.invalid"],
  ['{"a":{"__proto__":1}}', "request.invalid"],
  ['{"a\\u0000":1}', "request.invalid"],
  [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, "request.invalid"],
])("[C2] %.40s is %s", (text, expected) => {
  expect(code(text)).toBe(expected);
});

test("[C2] whatever JSON.stringify writes is read as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      if (text.includes("__proto__") || text.includes("\\u0000")) return;
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
    { seed: 1 },
  );
});
