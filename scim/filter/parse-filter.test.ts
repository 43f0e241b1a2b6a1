import fc from "fast-check";
import { expect, test } from "vitest";
import { ScimError } from "../messages/scim-error.ts";
import { enterpriseUserSchema } from "../schema/enterprise-user-schema.ts";
import { readDateTime } from "../schema/date-time.ts";
import { resolvePath, schemasOfType, type ResolvedPath } from "../schema/resolve-path.ts";
import { gatehouseUserUrn, groupType, userType } from "../schema/resource-type.ts";
import { commonAttributes } from "../schema/common-attributes.ts";
import type { FilterNode, Literal } from "./filter-node.ts";
import { parseFilter } from "./parse-filter.ts";
import { printFilter } from "./print-filter.ts";

const enterprise = enterpriseUserSchema.id;
const type = userType([
  {
    schema: {
      id: gatehouseUserUrn,
      name: "Gatehouse",
      description: "",
      attributes: [
        { name: "floor", type: "integer" },
        { name: "score", type: "decimal" },
        { name: "tags", multiValued: true },
        { name: "secretCode", mutability: "writeOnly", returned: "never" },
      ],
    },
  },
]);

const readings: [filter: string, printed: string][] = [
  ['userName eq "bjensen"', 'userName eq "bjensen"'],
  ['USERNAME EQ "bjensen"', 'userName eq "bjensen"'],
  ['name.familyName co "O\'Malley"', 'name.familyName co "O\'Malley"'],
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', 'userName sw "J"'],
  ["title pr", "title pr"],
  ['meta.lastModified gt "2011-05-13T04:42:34Z"', 'meta.lastModified gt "2011-05-13T04:42:34.000000Z"'],
  ['meta.lastModified ge "2011-05-13T06:42:34.5+02:00"', 'meta.lastModified ge "2011-05-13T04:42:34.500000Z"'],
  ['title pr and userType eq "Employee"', 'title pr and userType eq "Employee"'],
  [`schemas eq "${enterprise}"`, `schemas eq "${enterprise}"`],
  [
    'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
    'userType eq "Employee" and (emails.value co "example.com" or emails.value co "example.org")',
  ],
  [
    'userType ne "Employee" and not (emails co "example.com")',
    'userType ne "Employee" and not (emails.value co "example.com")',
  ],
  ['emails[type eq "work" and value co "@example.com"]', 'emails[type eq "work" and value co "@example.com"]'],
  [
    'emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo"]',
    'emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo"]',
  ],
  // Precedence: grouping, not, and, or.
  ['title eq "1" or title eq "2" and title eq "3"', 'title eq "1" or (title eq "2" and title eq "3")'],
  [
    'title eq "1" and title eq "2" or title eq "3" and title eq "4"',
    '(title eq "1" and title eq "2") or (title eq "3" and title eq "4")',
  ],
  ["not (title pr) and nickName pr", "not (title pr) and nickName pr"],
  ["((title pr) and nickName pr) and active eq true", "title pr and nickName pr and active eq true"],
  ['emails[type eq "a" or type eq "b" and value pr]', 'emails[type eq "a" or (type eq "b" and value pr)]'],
  // Literals
  ['title eq "a\\"b\\\\"', 'title eq "a\\"b\\\\"'],
  ['title eq "\\u00e9 ) ] [ ("', 'title eq "é ) ] [ ("'],
  [`${gatehouseUserUrn}:floor gt -5 and title pr`, `${gatehouseUserUrn}:floor gt -5 and title pr`],
  [`${gatehouseUserUrn}:score le 1.5e+3`, `${gatehouseUserUrn}:score le 1500`],
  ["active eq TRUE", "active eq true"],
  ["title eq null", "not (title pr)"],
  ["title ne null", "title pr"],
  // Paths
  [`${enterprise}:manager.value eq "x"`, `${enterprise}:manager.value eq "x"`],
  [`${enterprise}:manager.$ref pr`, `${enterprise}:manager.$ref pr`],
  [`${enterprise}.employeeNumber eq "7"`, `${enterprise}:employeeNumber eq "7"`],
  [`${gatehouseUserUrn}:tags[value eq "a"]`, `${gatehouseUserUrn}:tags[value eq "a"]`],
  ['groups.$ref ew "/1"', 'groups.$ref ew "/1"'],
  ["name pr", "name pr"],
  // Entra ID
  ['emails[type eq "work"].value eq "a@example.com"', 'emails[type eq "work" and value eq "a@example.com"]'],
  [
    'emails[type eq "a" or primary eq true].value pr and title pr',
    'emails[(type eq "a" or primary eq true) and value pr] and title pr',
  ],
  ['active eq "True"', "active eq true"],
  ['roles[primary eq "False"]', "roles[primary eq false]"],
  ['id eq "1" and manager eq "2"', `id eq "1" and ${enterprise}:manager.value eq "2"`],
  ["not title pr", "not (title pr)"],
];

test.each(readings)("§3.4.2.2 %s", (filter, printed) => {
  expect(printFilter(parseFilter(filter, type))).toBe(printed);
});

const refusals = [
  "",
  "   ",
  "userName",
  "userName eq",
  'userName eq "a',
  'userName like "a"',
  '(userName eq "a"',
  'userName eq "a")',
  'emails[type eq "work"',
  'emails type eq "work"]',
  'emails[type eq "work"].value',
  'emails[emails[type eq "work"]]',
  "emails[shoeSize eq 1]",
  "shoeSize eq 42",
  'name.givenName.x eq "a"',
  'userName[value eq "a"]',
  'name eq "Ada"',
  "active gt true",
  'active co "true"',
  'active eq "maybe"',
  "active eq 1",
  "userName gt null",
  'meta.lastModified gt "yesterday"',
  'meta.lastModified sw "2011"',
  'x509Certificates.value gt "AAAA"',
  `${gatehouseUserUrn}:floor eq "7"`,
  `${gatehouseUserUrn}:floor co 7`,
  `${gatehouseUserUrn}:floor eq 9007199254740993`,
  `${gatehouseUserUrn}:score eq 1e999`,
  '__proto__ eq "a"',
  "constructor pr",
  'emails[__proto__ eq "a"]',
  'title eq "\\u0000"',
  'title eq "\\ud800"',
  'title eq "a\nb"',
  'title eq "\\x"',
  "title eq 'a'",
  '"title" eq "a"',
  'title eq "a" and',
  'title eq "a" and and title pr',
  "and",
  'title eq "a" title pr',
  "title pr;drop table users",
  "true eq true",
  "00ref pr",
];

test.each(refusals)("§3.4.2.2 %j is invalidFilter", (filter) => {
  expect(() => parseFilter(filter, type)).toThrow(expect.objectContaining({ status: 400, scimType: "invalidFilter" }));
});

test.each(['password eq "secret"', "password pr", `${gatehouseUserUrn}:secretCode sw "a"`])(
  "§7.5.2 %s is 403 sensitive",
  (filter) => {
    expect(() => parseFilter(filter, type)).toThrow(expect.objectContaining({ status: 403, scimType: "sensitive" }));
  },
);

test.each([
  ["userName eq bjensen", 'userName eq "bjensen"'],
  ["userName eq b.jensen+x@example.com and title pr", 'userName eq "b.jensen+x@example.com" and title pr'],
  ["externalId eq 007", 'externalId eq "007"'],
  ["externalId eq 42", 'externalId eq "42"'],
  ["title eq true", 'title eq "true"'],
  ["(title eq and)", '(title eq "and")'],
  ["emails[type eq work and value co @x]", 'emails[type eq "work" and value co "@x"]'],
  ["emails[type eq work].value eq a", 'emails[type eq "work"].value eq "a"'],
  ["meta.created gt 2015-10-10T14:38:21.8617979-07:00", 'meta.created gt "2015-10-10T14:38:21.8617979-07:00"'],
])("§3.4.2.2 %s is read as if its value had quotes, if that is wanted", (bare, quoted) => {
  const lines: string[] = [];
  expect(parseFilter(bare, type, { note: (line) => lines.push(line) })).toEqual(parseFilter(quoted, type));
  expect(lines.length).toBeGreaterThan(0);
  expect(() => parseFilter(bare, type, { bareValues: false })).toThrow(
    expect.objectContaining({ scimType: "invalidFilter" }),
  );
});

test.each(["userName eq 'ada'", "userName eq ", "userName eq and title pr", 'userName eq a"b"', "title eq a b"])(
  "§3.4.2.2 %s is no value without quotes",
  (filter) => {
    expect(() => parseFilter(filter, type)).toThrow(expect.objectContaining({ scimType: "invalidFilter" }));
  },
);

test("§3.4.2.2 a boolean may have quotes, if that is wanted", () => {
  const lines: string[] = [];
  parseFilter('active eq "True"', type, { note: (line) => lines.push(line) });
  expect(lines).toEqual(['filter: active "True" → true']);
  expect(() => parseFilter('active eq "True"', type, { stringBooleans: false })).toThrow("type boolean");
});

test("§3.4.2.2 a comparison carries its path, and its value typed after the attribute", () => {
  expect(parseFilter('meta.created gt "2026-11-02T09:30:00+01:00"', type)).toEqual({
    kind: "compare",
    op: "gt",
    path: resolvePath("meta.created", type),
    value: { type: "dateTime", value: "2026-11-02T08:30:00.000000Z", epochMs: Date.UTC(2026, 10, 2, 8, 30) },
  });
});

test("§3.4.2.2 filters are bounded in length, depth and number of terms", () => {
  const limits = [
    `title eq "${"x".repeat(9000)}"`,
    `${"(".repeat(65)}title pr${")".repeat(65)}`,
    `${"not ".repeat(65)}title pr`,
    `${"(not ".repeat(40)}title pr${")".repeat(40)}`,
    Array.from({ length: 201 }, () => "title pr").join(" or "),
  ];
  for (const filter of limits) {
    expect(() => parseFilter(filter, type)).toThrow(expect.objectContaining({ scimType: "invalidFilter" }));
  }
  const most = Array.from({ length: 200 }, () => "title pr").join(" and ");
  expect(parseFilter(most, type)).toMatchObject({ kind: "and", nodes: { length: 200 } });
});

test("§3.4.2.2 groups are filtered by their members and names", () => {
  expect(printFilter(parseFilter('members eq "u1" and displayName eq "G"', groupType()))).toBe(
    'members.value eq "u1" and displayName eq "G"',
  );
  expect(() => parseFilter("userName pr", groupType())).toThrow(ScimError);
});

/** Every path of the type that a filter may use, with a literal that fits it. */
const paths: ResolvedPath[] = [
  ...[...commonAttributes.values()].map((attribute) => ({ extension: undefined, attribute })),
  ...schemasOfType(type).flatMap((schema) =>
    [...schema.attributes.values()].map((attribute) => ({
      extension: schema === type.schema ? undefined : schema.id,
      attribute,
    })),
  ),
]
  .filter(({ attribute }) => attribute.returned !== "never")
  .flatMap((path) => [
    { ...path, sub: undefined },
    ...[...path.attribute.subAttributes.values()].map((sub) => ({ ...path, sub })),
  ]);
const leaves = paths.filter((path) => (path.sub ?? path.attribute).type !== "complex");

const text = fc.string({ unit: "binary", maxLength: 8 }).filter((one) => !one.includes("\u0000") && one.isWellFormed());

function compareAt(path: ResolvedPath): fc.Arbitrary<FilterNode> {
  const node = (ops: readonly ("eq" | "ne" | "co" | "gt" | "le")[], value: fc.Arbitrary<Literal>) =>
    fc.record({ kind: fc.constant("compare" as const), path: fc.constant(path), op: fc.constantFrom(...ops), value });
  switch ((path.sub ?? path.attribute).type) {
    case "boolean":
      return node(["eq", "ne"], fc.record({ type: fc.constant("boolean" as const), value: fc.boolean() }));
    case "integer":
      return node(["eq", "gt"], fc.record({ type: fc.constant("number" as const), value: fc.integer() }));
    case "decimal":
      return node(
        ["eq", "le"],
        fc.record({
          type: fc.constant("number" as const),
          value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (one === 0 ? 0 : one)),
        }),
      );
    case "dateTime":
      return node(
        ["eq", "gt", "le"],
        fc
          .date({ min: new Date("1900-01-01T00:00:00Z"), max: new Date("2999-01-01T00:00:00Z"), noInvalidDate: true })
          .map((date): Literal => {
            const instant = readDateTime(date.toISOString());
            return { type: "dateTime", value: instant?.iso ?? "", epochMs: instant?.epochMs ?? 0 };
          }),
      );
    case "binary":
      return node(["eq", "co"], fc.record({ type: fc.constant("string" as const), value: text }));
    default:
      return node(["eq", "ne", "co", "gt", "le"], fc.record({ type: fc.constant("string" as const), value: text }));
  }
}

function nested(leaf: fc.Arbitrary<FilterNode>): fc.Arbitrary<FilterNode> {
  return fc.letrec<{ node: FilterNode }>((tie) => {
    const join = (kind: "and" | "or") =>
      fc
        .array(tie("node"), { minLength: 2, maxLength: 3 })
        .map((nodes): FilterNode => ({ kind, nodes: nodes.flatMap((one) => (one.kind === kind ? one.nodes : [one])) }));
    const not = tie("node").map((node): FilterNode => ({ kind: "not", node }));
    return { node: fc.oneof({ depthSize: "small", maxDepth: 4 }, leaf, join("and"), join("or"), not) };
  }).node;
}

const simple = fc.oneof(
  fc.constantFrom(...leaves).chain(compareAt),
  fc.constantFrom(...paths).map((path): FilterNode => ({ kind: "present", path })),
);
const owners = paths.filter(({ attribute, sub }) => sub === undefined && attribute.type === "complex");
const valuePath = fc.constantFrom(...owners).chain((path) => {
  const within = leaves.filter(({ attribute, sub }) => attribute === path.attribute && sub !== undefined);
  return nested(fc.constantFrom(...within).chain(compareAt)).map((node): FilterNode => ({
    kind: "valuePath",
    path,
    node,
  }));
});

test("§3.4.2.2 a filter printed and parsed again is the same filter", () => {
  let parsed = 0;
  fc.assert(
    fc.property(nested(fc.oneof(simple, valuePath)), (node) => {
      const printed = printFilter(node);
      if (printed.length > 8192) return;
      parsed += 1;
      expect(parseFilter(printed, type)).toEqual(node);
    }),
    { numRuns: 1000, seed: 7644 },
  );
  expect(parsed).toBeGreaterThan(500);
});

test("§3.4.2.2 whatever text arrives is parsed or refused, never a crash", () => {
  const piece = fc.constantFrom(
    '"',
    "\\",
    "(",
    ")",
    "[",
    "]",
    ".",
    " and ",
    " or ",
    "not ",
    " eq ",
    " pr",
    "emails",
    "type",
    "userName",
    '"x"',
    "1",
    "-",
    "$ref",
    ".value",
    ":",
    "true",
    "null",
    "[]",
    "00ref",
    "\u0000",
    "é",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
      ),
      (filter) => {
        try {
          const node = parseFilter(filter, type);
          expect(parseFilter(printFilter(node), type)).toEqual(node);
        } catch (error) {
          expect(error).toBeInstanceOf(ScimError);
        }
      },
    ),
    { numRuns: 5000, seed: 7644 },
  );
});
