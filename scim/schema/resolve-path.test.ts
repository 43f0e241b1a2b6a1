import { expect, test } from "vitest";
import { defineAttribute } from "./attribute.ts";
import { enterpriseUserSchema } from "./enterprise-user-schema.ts";
import { printPath, resolvePath, resolveSchema } from "./resolve-path.ts";
import { resolveSort } from "./resolve-sort.ts";
import { defineResourceType, userType } from "./resource-type.ts";
import { userSchema } from "./user-schema.ts";

const core = userSchema.id;
const enterprise = enterpriseUserSchema.id;
const type = userType([
  {
    schema: {
      id: `${enterprise}:plus`,
      name: "Plus",
      description: "",
      attributes: [{ name: "title" }, { name: "extra" }],
    },
  },
]);

test.each([
  ["userName", "userName"],
  ["USERNAME", "userName"],
  ["name.GivenName", "name.givenName"],
  ["id", "id"],
  ["meta.lastModified", "meta.lastModified"],
  [`${core}:userName`, "userName"],
  [`${core.toUpperCase()}:name.givenName`, "name.givenName"],
  [`${core}:id`, "id"],
  [`${enterprise}:manager.value`, `${enterprise}:manager.value`],
  [`${enterprise}.manager`, `${enterprise}:manager`],
  [`${enterprise}.manager.$ref`, `${enterprise}:manager.$ref`],
  ["manager", `${enterprise}:manager`],
  ["title", "title"],
  // The longest URN is meant.
  [`${enterprise}:plus:title`, `${enterprise}:plus:title`],
])("§3.10 %s is %s", (text, printed) => {
  const path = resolvePath(text, type);
  expect(path && printPath(path)).toBe(printed);
});

test.each([
  "",
  ".",
  "userName.",
  "name.",
  "name.x",
  "a.b.c",
  "name.givenName.x",
  core,
  `${core}:`,
  `${core}:nothing`,
  `${core}userName`,
  `${enterprise}:userName`,
  "urn:example:userName",
  "__proto__",
  "constructor",
  "toString",
  "name.constructor",
])("§3.10 %j is no attribute", (text) => {
  expect(resolvePath(text, type)).toBeUndefined();
});

test("§3.10 the URN of a schema stands for it in any case", () => {
  expect(resolveSchema(enterprise.toLowerCase(), type)?.id).toBe(enterprise);
  expect(resolveSchema("urn:example:x", type)).toBeUndefined();
});

test("§3.4.2.3 sorting needs an attribute with an order", () => {
  expect(printPath(resolveSort("emails", type))).toBe("emails.value");
  expect(printPath(resolveSort(`${enterprise}:manager`, type))).toBe(`${enterprise}:manager.value`);
  for (const wrong of ["name", "addresses", "password", "shoeSize", ""]) {
    expect(() => resolveSort(wrong, type)).toThrow(expect.objectContaining({ scimType: "invalidValue" }));
  }
});

test("RFC 7643 §7 an ill-defined schema is refused when it is made, not when it is used", () => {
  expect(() => defineAttribute({ name: "__proto__" })).toThrow("not a SCIM attribute name");
  expect(() => defineAttribute({ name: "1st" })).toThrow("not a SCIM attribute name");
  expect(() => defineAttribute({ name: "a", type: "complex" })).toThrow("sub-attributes");
  expect(() => defineAttribute({ name: "a", subAttributes: [{ name: "b" }] })).toThrow("sub-attributes");
  const inner = { name: "b", type: "complex" as const, subAttributes: [{ name: "c" }] };
  expect(() => defineAttribute({ name: "a", type: "complex", subAttributes: [inner] })).toThrow("nests");
  const schema = (id: string, names: string[]) => ({
    id,
    name: "X",
    description: "",
    attributes: names.map((name) => ({ name })),
  });
  expect(() => userType([{ schema: schema("x", ["a"]) }])).toThrow("not a schema URN");
  expect(() => userType([{ schema: schema("urn:example:x", ["a", "A"]) }])).toThrow("defined twice");
  expect(() => userType([{ schema: schema(enterprise.toUpperCase(), ["a"]) }])).toThrow("two schemas with one URN");
  expect(
    defineResourceType({ name: "X", endpoint: "/Xs", description: "", schema: schema("urn:example:x", ["a"]) })
      .extensions,
  ).toEqual([]);
});
