import { expect, test } from "vitest";
import { readListQuery, readSearchRequest, type ListQuery } from "./list-query.ts";
import { searchRequestUrn } from "./urns.ts";

const nothing: ListQuery = {
  filter: undefined,
  sortBy: undefined,
  sortOrder: "ascending",
  startIndex: 1,
  count: undefined,
  cursor: undefined,
  attributes: [],
  excludedAttributes: [],
};

const queries: [query: string, asked: Partial<ListQuery>][] = [
  ["", {}],
  ["startIndex=0", { startIndex: 1 }],
  ["startIndex=-5", { startIndex: 1 }],
  ["startIndex=101&count=100", { startIndex: 101, count: 100 }],
  ["count=0", { count: 0 }],
  ["count=-1", { count: 0 }],
  ["count=", {}],
  ["sortBy=userName&sortOrder=Descending", { sortBy: "userName", sortOrder: "descending" }],
  ["sortBy=&sortOrder=", {}],
  ["attributes=userName,%20emails.value%20,,id", { attributes: ["userName", "emails.value", "id"] }],
  ["attributes=userName&attributes=id", { attributes: ["userName", "id"] }],
  ["excludedAttributes=members", { excludedAttributes: ["members"] }],
  ["cursor=", { cursor: "" }],
  ["cursor=abc&count=10", { cursor: "abc", count: 10 }],
  // OneLogin and Entra ID
  ["filter=userName+eq+%22x%22&", { filter: 'userName eq "x"' }],
  ["aadOptscim062020&filter=externalId eq %22x%22", { filter: 'externalId eq "x"' }],
];

test.each(queries)("§3.4.2 ?%s", (query, asked) => {
  expect(readListQuery(new URLSearchParams(query))).toEqual({ ...nothing, ...asked });
});

const refused: [query: string, scimType: string][] = [
  ["startIndex=one", "invalidValue"],
  ["count=1.5", "invalidValue"],
  ["count=99999999999999999999", "invalidValue"],
  ["count=1&count=2", "invalidValue"],
  ["cursor=&count=x", "invalidCount"],
  ["sortOrder=up", "invalidValue"],
  ["filter=", "invalidFilter"],
  ["filter=a&filter=b", "invalidFilter"],
];

test.each(refused)("§3.4.2 ?%s is %s", (query, scimType) => {
  expect(() => readListQuery(new URLSearchParams(query))).toThrow(expect.objectContaining({ status: 400, scimType }));
});

test("§3.4.2 a query that is parsed already reads the same", () => {
  const query = { filter: "title pr", attributes: ["userName,id", "name"], count: "5", aadOptscim062020: "" };
  expect(readListQuery(query)).toEqual({
    ...nothing,
    filter: "title pr",
    attributes: ["userName", "id", "name"],
    count: 5,
  });
  expect(readListQuery(JSON.parse('{"__proto__": {"count": "5"}}'))).toEqual(nothing);
});

test("§3.4.3 a search asks in the body what a list asks in the query", () => {
  const body = {
    schemas: [searchRequestUrn],
    attributes: ["displayName", "userName"],
    filter: 'displayName sw "smith"',
    startIndex: 0,
    count: 10,
    sortOrder: null,
  };
  expect(readSearchRequest(body)).toEqual({
    ...nothing,
    attributes: ["displayName", "userName"],
    filter: 'displayName sw "smith"',
    count: 10,
  });
});

test.each([
  [null, "invalidSyntax"],
  [{}, "invalidSyntax"],
  [{ schemas: ["urn:example:x"] }, "invalidSyntax"],
  [{ schemas: [searchRequestUrn], filter: 1 }, "invalidSyntax"],
  [{ schemas: [searchRequestUrn], filter: "" }, "invalidFilter"],
  [{ schemas: [searchRequestUrn], attributes: [1] }, "invalidSyntax"],
  [{ schemas: [searchRequestUrn], count: "10" }, "invalidValue"],
  [{ schemas: [searchRequestUrn], count: 1.5, cursor: "" }, "invalidCount"],
])("§3.4.3 the search %j is %s", (body, scimType) => {
  expect(() => readSearchRequest(body)).toThrow(expect.objectContaining({ status: 400, scimType }));
});
