import fc from "fast-check";
import { expect, test } from "vitest";
import { orderBulk } from "./bulk-order.ts";
import { bulkIdsIn, resolveBulkIds, withoutBulkIds } from "./bulk-references.ts";
import { bulkResponse } from "./bulk-response.ts";
import { readBulk, type BulkOperation } from "./bulk.ts";
import { ScimError } from "./scim-error.ts";
import { bulkRequestUrn } from "./urns.ts";

const limits = { maxOperations: 10, maxPayloadSize: 1000 };

function read(...operations: unknown[]): BulkOperation[] {
  return readBulk({ schemas: [bulkRequestUrn], Operations: operations }, limits).operations;
}

function post(endpoint: string, bulkId: string, data: unknown = {}) {
  return { method: "POST", path: endpoint, bulkId, data };
}

function group(bulkId: string, ...members: string[]) {
  return post("/Groups", bulkId, { displayName: bulkId, members: members.map((one) => ({ value: `bulkId:${one}` })) });
}

test("§3.7 a request is read with its defaults", () => {
  const request = readBulk(
    {
      schemas: [bulkRequestUrn],
      failOnErrors: 1,
      Operations: [
        { method: "post", path: "/Users", bulkId: "q", data: { userName: "ada" } },
        { method: "DELETE", path: "/Users/1", version: 'W/"2"' },
      ],
    },
    limits,
  );
  expect(request).toEqual({
    failOnErrors: 1,
    operations: [
      {
        index: 0,
        method: "POST",
        bulkId: "q",
        version: undefined,
        endpoint: "/Users",
        id: undefined,
        data: { userName: "ada" },
        references: [],
        problem: undefined,
      },
      {
        index: 1,
        method: "DELETE",
        bulkId: undefined,
        version: 'W/"2"',
        endpoint: "/Users",
        id: "1",
        data: undefined,
        references: [],
        problem: undefined,
      },
    ],
  });
  expect(readBulk({ schemas: [bulkRequestUrn], Operations: [], failOnErrors: 0 }, limits).failOnErrors).toBeUndefined();
});

test("§3.7.4 more than the limits is 413, and the detail names the limit", () => {
  const many = Array.from({ length: 11 }, (_, index) => post("/Users", `u${index}`));
  expect(() => read(...many)).toThrow(
    expect.objectContaining({ status: 413, detail: expect.stringContaining("maxOperations is 10") }),
  );
  expect(() => readBulk({}, limits, 1001)).toThrow(
    expect.objectContaining({ status: 413, detail: expect.stringContaining("maxPayloadSize is 1000") }),
  );
});

test.each([
  [null],
  [{}],
  [{ schemas: [bulkRequestUrn] }],
  [{ schemas: ["urn:example:x"], Operations: [] }],
  [{ schemas: [bulkRequestUrn], Operations: {} }],
])("§3.7 the body %j is invalidSyntax", (body) => {
  expect(() => readBulk(body, limits)).toThrow(expect.objectContaining({ status: 400, scimType: "invalidSyntax" }));
});

test("§3.7 failOnErrors must be a number", () => {
  expect(() => readBulk({ schemas: [bulkRequestUrn], Operations: [], failOnErrors: "1" }, limits)).toThrow(
    expect.objectContaining({ scimType: "invalidValue" }),
  );
});

test.each([
  ["is no object", 1, "invalidSyntax"],
  ["has no method", { path: "/Users", bulkId: "a", data: {} }, "invalidSyntax"],
  ["has an unknown method", { method: "GET", path: "/Users/1" }, "invalidSyntax"],
  ["has no path", { method: "DELETE" }, "invalidSyntax"],
  ["has a path of three parts", { method: "DELETE", path: "/Users/1/x" }, "invalidSyntax"],
  ["has a path that cannot be decoded", { method: "DELETE", path: "/Users/%zz" }, "invalidSyntax"],
  ["creates at a resource", { method: "POST", path: "/Users/1", bulkId: "a", data: {} }, "invalidSyntax"],
  ["changes an endpoint", { method: "PUT", path: "/Users", data: {} }, "invalidSyntax"],
  ["creates without a bulkId", { method: "POST", path: "/Users", data: {} }, "invalidSyntax"],
  ["has no data", { method: "PATCH", path: "/Users/1" }, "invalidSyntax"],
  ["has a version that is no text", { method: "DELETE", path: "/Users/1", version: 1 }, "invalidSyntax"],
  ["refers to a bulkId that nobody has", group("g", "nobody"), "invalidValue"],
  ["is at a bulkId that nobody has", { method: "DELETE", path: "/Users/bulkId:nobody" }, "invalidValue"],
])("§3.7 an operation that %s has a problem of its own", (_title, operation, scimType) => {
  const [wrong, right] = read(operation, post("/Users", "fine"));
  expect(wrong?.problem).toMatchObject({ status: 400, scimType });
  expect(right?.problem).toBeUndefined();
});

test("§3.7 a bulkId is used once", () => {
  const [first, second] = read(post("/Users", "a"), post("/Users", "a"));
  expect(first?.problem).toBeUndefined();
  expect(second?.problem).toMatchObject({ scimType: "invalidValue" });
});

test("§3.7.2 references are found wherever they are", () => {
  const [, , , patch] = read(post("/Users", "a"), post("/Users", "b"), post("/Groups", "g"), {
    method: "PATCH",
    path: "/Groups/bulkId:g",
    data: {
      Operations: [
        { op: "add", path: "members", value: [{ $ref: "https://id.example.com/scim/v2/Users/bulkId:a" }] },
        { op: "remove", path: 'members[value eq "bulkId:b"]' },
      ],
    },
  });
  expect(patch?.references).toEqual(["g", "a", "b"]);
});

test("§3.7.2 a text that merely looks like a reference is text", () => {
  const [user] = read(post("/Users", "a", { displayName: "bulkId:nobody", nickName: "see bulkId:a" }));
  expect(user).toMatchObject({ references: [], problem: undefined });
});

test("§3.7.2 bulkIds become ids, in values, addresses and filters", () => {
  const ids = new Map([["a", "1"]]);
  const data = {
    members: [{ value: "bulkId:a", $ref: "../Users/bulkId:a" }, { value: "bulkId:b" }],
    path: 'members[value eq "bulkId:a"]',
    other: ["bulkId:a", 1, null],
  };
  expect(resolveBulkIds(data, (bulkId) => ids.get(bulkId))).toEqual({
    members: [{ value: "1", $ref: "../Users/1" }, { value: "bulkId:b" }],
    path: 'members[value eq "1"]',
    other: ["1", 1, null],
  });
});

test("§3.7.2 what refers to a resource that is not there yet can be left out", () => {
  const data = {
    displayName: "G",
    members: [{ value: "bulkId:a" }, { value: "x" }],
    manager: { value: "bulkId:a" },
    chief: "bulkId:a",
  };
  expect(withoutBulkIds(data, new Set(["a"]))).toEqual({ displayName: "G", members: [{ value: "x" }] });
});

test("§3.7.2 data nested without end is a problem of its operation", () => {
  let deep: unknown = {};
  for (let depth = 0; depth < 5000; depth += 1) deep = { deep };
  expect(bulkIdsIn(deep)).toBeUndefined();
  expect(read(post("/Users", "a", deep))[0]?.problem).toMatchObject({ scimType: "invalidSyntax" });
});

const orders: [title: string, operations: unknown[], order: number[], cycles: number[][]][] = [
  ["keeps the order of the request", [post("/Users", "a"), post("/Users", "b")], [0, 1], []],
  [
    "creates users before the group that holds them",
    [group("g", "a"), post("/Users", "x"), post("/Users", "a")],
    [1, 2, 0],
    [],
  ],
  ["follows a chain", [group("g1", "g2"), group("g2", "g3"), group("g3")], [2, 1, 0], []],
  [
    "keeps the order on one resource",
    [
      { method: "PATCH", path: "/Users/1", data: { value: "bulkId:a" } },
      { method: "DELETE", path: "/Users/1" },
      post("/Users", "a"),
    ],
    [2, 0, 1],
    [],
  ],
  [
    "cuts a ring at its first operation",
    [group("g1", "g2"), group("g2", "g1"), post("/Users", "a")],
    [2, 0, 1],
    [[0, 1]],
  ],
  [
    "finds the ring behind those who wait for it",
    [group("g0", "g1"), group("g1", "g2"), group("g2", "g1")],
    [1, 0, 2],
    [[1, 2]],
  ],
  [
    "cuts two rings",
    [group("a", "b"), group("b", "a"), group("c", "d"), group("d", "c")],
    [0, 1, 2, 3],
    [
      [0, 1],
      [2, 3],
    ],
  ],
];

test.each(orders)("§3.7.2 the order of work %s", (_title, operations, order, cycles) => {
  const plan = orderBulk(read(...operations));
  expect(plan.steps.map((step) => step.index)).toEqual(order);
  expect(plan.cycles).toEqual(cycles);
});

test("§3.7.2 a ring is cut by deferring what does not exist yet, and so is a resource in itself", () => {
  expect(orderBulk(read(group("g1", "g2"), group("g2", "g1"))).steps).toEqual([
    { index: 0, deferred: ["g2"] },
    { index: 1, deferred: [] },
  ]);
  expect(orderBulk(read(group("g", "g"))).steps).toEqual([{ index: 0, deferred: ["g"] }]);
});

test("§3.7.2 every operation is done once, after what it does not defer", () => {
  const id = fc.constantFrom("0", "1", "2", "3", "4", "5");
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(id, { maxLength: 3 }), { maxLength: 6 }), (members) => {
      const exists = (one: string) => Number(one) < members.length;
      const operations = read(...members.map((ids, index) => group(String(index), ...ids.filter(exists))));
      const { steps } = orderBulk(operations);
      expect(steps.map((step) => step.index).toSorted((a, b) => a - b)).toEqual(
        operations.map((operation) => operation.index),
      );
      const made = new Set<string>();
      for (const { index, deferred } of steps) {
        const missing = operations[index]?.references.filter((one) => !made.has(one));
        expect(missing).toEqual(deferred);
        made.add(String(index));
      }
    }),
    { seed: 7644 },
  );
});

test("§3.7 whatever JSON arrives is read or refused", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.array(fc.jsonValue()).map((Operations) => ({ schemas: [bulkRequestUrn], Operations })),
      ),
      (body) => {
        try {
          orderBulk(readBulk(body, limits).operations);
        } catch (error) {
          expect(error).toBeInstanceOf(ScimError);
        }
      },
    ),
    { seed: 7644 },
  );
});

test("§3.7 the answer has a result per operation, with its status as a string", () => {
  const [make, drop] = read(post("/Users", "a"), { method: "DELETE", path: "/Users/1" });
  if (make === undefined || drop === undefined) throw new Error("two operations were read");
  const response = bulkResponse([
    { operation: make, status: 201, location: "https://id.example.com/scim/v2/Users/9", version: 'W/"1"' },
    { operation: drop, error: new ScimError(404, "no such user") },
  ]);
  expect(response).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
    Operations: [
      {
        method: "POST",
        bulkId: "a",
        location: "https://id.example.com/scim/v2/Users/9",
        version: 'W/"1"',
        status: "201",
      },
      {
        method: "DELETE",
        status: "404",
        response: {
          schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
          status: "404",
          detail: "no such user",
        },
      },
    ],
  });
});
