import { expect, test } from "vitest";
import type { Json } from "../schema/json.ts";
import { resolvePath } from "../schema/resolve-path.ts";
import { defineResourceType } from "../schema/resource-type.ts";
import { matches } from "./matches.ts";
import { parseElementFilter } from "./parse-filter.ts";

const type = defineResourceType({
  name: "Thing",
  endpoint: "/Things",
  description: "",
  schema: {
    id: "urn:example:Thing",
    name: "Thing",
    description: "",
    attributes: [
      {
        name: "parts",
        type: "complex",
        multiValued: true,
        subAttributes: [
          { name: "value" },
          { name: "type" },
          { name: "code", caseExact: true },
          { name: "primary", type: "boolean" },
          { name: "size", type: "integer" },
          { name: "weight", type: "decimal" },
          { name: "made", type: "dateTime" },
          { name: "labels", multiValued: true },
        ],
      },
      { name: "tags", multiValued: true },
    ],
  },
});

function fits(filter: string, element: Json, attribute = "parts"): boolean {
  const owner = resolvePath(attribute, type);
  if (owner === undefined) throw new Error(`no ${attribute}`);
  return matches(parseElementFilter(filter, owner), element);
}

const cases: [filter: string, element: Json, expected: boolean][] = [
  ['type eq "work"', { type: "Work" }, true],
  ['type eq "work"', { type: "home" }, false],
  ['type eq "work"', {}, false],
  ['code eq "A"', { code: "a" }, false],
  ['code eq "A"', { code: "A" }, true],
  ['type ne "work"', { type: "home" }, true],
  ['type ne "work"', { type: "WORK" }, false],
  ['type ne "work"', {}, true],
  ['value co "OO"', { value: "foobar" }, true],
  ['value sw "FOO"', { value: "foobar" }, true],
  ['value ew "BAR"', { value: "foobar" }, true],
  ['value ew "foo"', { value: "foobar" }, false],
  ['value gt "a"', { value: "B" }, true],
  ['value co "x"', {}, false],
  ["value pr", { value: "x" }, true],
  ["value pr", { value: "" }, false],
  ["value pr", { type: "x" }, false],
  ["primary eq true", { primary: true }, true],
  ["primary eq false", {}, true],
  ["primary ne true", {}, true],
  ["size gt 9", { size: 10 }, true],
  ["size ge 10", { size: 10 }, true],
  ["size lt 10", { size: 10 }, false],
  ["size le 10", { size: 10 }, true],
  ["size eq 10", { size: "10" }, false],
  ["weight eq 1.5", { weight: 1.5 }, true],
  ['made gt "2026-01-01T00:00:00Z"', { made: "2026-01-01T01:30:00+01:00" }, true],
  ['made eq "2026-01-01T00:00:00Z"', { made: "2026-01-01T01:00:00+01:00" }, true],
  ['made lt "2026-01-01T00:00:00Z"', { made: "2025-12-31T23:59:59.999999Z" }, true],
  ['labels eq "a"', { labels: ["b", "A"] }, true],
  ['labels ne "a"', { labels: ["b", "A"] }, false],
  ["labels pr", { labels: [] }, false],
  ['type eq "work" and value eq "x"', { type: "work", value: "x" }, true],
  ['type eq "work" and value eq "x"', { type: "work", value: "y" }, false],
  ['type eq "a" or type eq "b"', { type: "b" }, true],
  ['not (type eq "a")', { type: "b" }, true],
  ["type eq null", {}, true],
];

test.each(cases)("§3.4.2.2 [%s] of %j is %s", (filter, element, expected) => {
  expect(fits(filter, element)).toBe(expected);
});

test("§3.4.2.2 the element of a simple attribute is called value", () => {
  expect(fits('value eq "A"', "a", "tags")).toBe(true);
  expect(fits('value sw "b"', "a", "tags")).toBe(false);
});
