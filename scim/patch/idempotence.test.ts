import fc from "fast-check";
import { expect, test } from "vitest";
import { ScimError } from "../messages/scim-error.ts";
import { enterpriseUserSchema } from "../schema/enterprise-user-schema.ts";
import type { JsonObject } from "../schema/json.ts";
import { readResource } from "../schema/read-resource.ts";
import { userType } from "../schema/resource-type.ts";
import { userSchema } from "../schema/user-schema.ts";
import { applyPatch } from "./apply-patch.ts";
import { readPatch, type PatchOperation } from "./read-patch.ts";

const type = userType();
const enterprise = enterpriseUserSchema.id;
const word = fc.constantFrom("a", "b", "c");
const kind = fc.constantFrom("work", "home");

const email = fc.record({ value: word, type: kind, primary: fc.boolean(), display: word }, { requiredKeys: ["value"] });
const emails = fc.array(email, { maxLength: 3 });
const attributes = fc.record(
  {
    title: word,
    active: fc.boolean(),
    name: fc.record({ givenName: word, familyName: word }, { requiredKeys: [] }),
    emails,
    [enterprise]: fc.record({ department: word, manager: fc.record({ value: word }) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom("add", "replace"), value: attributes }),
  fc.record({ op: fc.constantFrom("add", "replace"), path: fc.constant("emails"), value: emails }),
  fc.record({
    op: fc.constantFrom("add", "replace"),
    path: kind.map((one) => `emails[type eq "${one}"].value`),
    value: word,
  }),
  fc.record({
    op: fc.constantFrom("add", "replace"),
    path: kind.map((one) => `emails[type eq "${one}"].primary`),
    value: fc.boolean(),
  }),
  fc.record({
    op: fc.constantFrom("add", "replace"),
    path: kind.map((one) => `emails[type eq "${one}"]`),
    value: fc.record({ value: word, display: word }),
  }),
  fc.record({ op: fc.constant("replace"), path: fc.constant("name"), value: fc.record({ givenName: word }) }),
  fc.record({
    op: fc.constant("remove"),
    path: fc.constantFrom("emails", 'emails[type eq "work"]', "name.givenName", enterprise),
  }),
  fc.record({ op: fc.constant("remove"), path: fc.constant("emails"), value: emails }),
);

function userOf(given: JsonObject | Record<string, unknown>): JsonObject | undefined {
  try {
    return readResource({ schemas: [userSchema.id], userName: "ada", ...given }, type, "create").resource;
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

function readOne(sent: unknown): PatchOperation[] | undefined {
  try {
    return readPatch({ schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [sent] }, type)
      .operations;
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

test("§3.5.2 an operation applied twice is the operation applied once", () => {
  let applied = 0;
  fc.assert(
    fc.property(attributes, operation, (given, sent) => {
      const before = userOf(given);
      const operations = readOne(sent);
      if (before === undefined || operations === undefined) return;
      let once;
      try {
        once = applyPatch(before, operations, type).resource;
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
        return;
      }
      applied += 1;
      expect(applyPatch(once, operations, type)).toEqual({ resource: once, changed: false });
    }),
    { numRuns: 2000, seed: 7644 },
  );
  expect(applied).toBeGreaterThan(1000);
});

test("§3.5.2 what PATCH leaves is what POST would have made of it", () => {
  fc.assert(
    fc.property(attributes, fc.array(operation, { maxLength: 4 }), (given, sent) => {
      const before = userOf(given);
      if (before === undefined) return;
      const operations = sent.flatMap((one) => readOne(one) ?? []);
      let after;
      try {
        after = applyPatch(before, operations, type);
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
        return;
      }
      expect(readResource(after.resource, type, "create").resource).toEqual(after.resource);
      if (!after.changed) expect(after.resource).toEqual(before);
    }),
    { numRuns: 2000, seed: 7644 },
  );
});
