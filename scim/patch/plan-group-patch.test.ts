import fc from "fast-check";
import { expect, test } from "vitest";
import { matches } from "../filter/matches.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import { groupType } from "../schema/resource-type.ts";
import { applyPatch } from "./apply-patch.ts";
import { planGroupPatch, type MemberStep } from "./plan-group-patch.ts";
import { readPatch } from "./read-patch.ts";

const type = groupType();
const schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];

function read(operations: unknown[]) {
  return readPatch({ schemas, Operations: operations }, type).operations;
}

function memberSteps(...operations: unknown[]): MemberStep[] {
  return planGroupPatch(read(operations)).members;
}

const plans: [title: string, operations: unknown[], steps: MemberStep[]][] = [
  [
    "§3.5.2.1 add of an array",
    [{ op: "add", path: "members", value: [{ value: "a" }, { value: "b", display: "B" }] }],
    [{ kind: "addMembers", ids: ["a", "b"] }],
  ],
  [
    "§3.5.2.1 add of a single object",
    [{ op: "add", path: "members", value: { value: "a", type: "User" } }],
    [{ kind: "addMembers", ids: ["a"] }],
  ],
  [
    "§3.5.2.1 add without a path",
    [{ op: "add", value: { members: [{ value: "a" }] } }],
    [{ kind: "addMembers", ids: ["a"] }],
  ],
  [
    "§3.5.2.2 remove by filter",
    [{ op: "remove", path: 'members[value eq "a"]' }],
    [{ kind: "removeMembers", ids: ["a"] }],
  ],
  [
    "§3.5.2.2 remove by several filters in one",
    [{ op: "remove", path: 'members[value eq "a" or value eq "b"]' }],
    [{ kind: "removeMembers", ids: ["a", "b"] }],
  ],
  [
    "§3.5.2.2 Entra ID: remove with a value",
    [{ op: "Remove", path: "members", value: [{ $ref: null, value: "a" }] }],
    [{ kind: "removeMembers", ids: ["a"] }],
  ],
  ["§3.5.2.2 remove of all", [{ op: "remove", path: "members" }], [{ kind: "removeAllMembers" }]],
  ["§3.5.2.2 remove of nobody in particular", [{ op: "remove", path: "members", value: [] }], []],
  [
    "§3.5.2.3 replace",
    [{ op: "replace", path: "members", value: [{ value: "a" }] }],
    [{ kind: "replaceMembers", ids: ["a"] }],
  ],
  ["§3.5.2.3 replace by nobody", [{ op: "replace", path: "members", value: [] }], [{ kind: "removeAllMembers" }]],
  [
    "§3.5.2.3 replace of a filtered member that may be missing",
    [{ op: "replace", path: 'members[value eq "a"]', value: { value: "a" } }],
    [{ kind: "addMembers", ids: ["a"] }],
  ],
  [
    "Okta: remove and add in one request",
    [
      { op: "remove", path: 'members[value eq "a"]' },
      { op: "add", path: "members", value: [{ value: "b", display: "b@example.com" }] },
    ],
    [
      { kind: "removeMembers", ids: ["a"] },
      { kind: "addMembers", ids: ["b"] },
    ],
  ],
  [
    "§3.5.2 a member removed and added again is added",
    [
      { op: "remove", path: 'members[value eq "a"]' },
      { op: "add", path: "members", value: [{ value: "a" }] },
    ],
    [{ kind: "addMembers", ids: ["a"] }],
  ],
  [
    "§3.5.2 a member added and removed again is removed",
    [
      { op: "add", path: "members", value: [{ value: "a" }] },
      { op: "remove", path: 'members[value eq "a"]' },
    ],
    [{ kind: "removeMembers", ids: ["a"] }],
  ],
  [
    "§3.5.2 remove of all, then add",
    [
      { op: "remove", path: "members" },
      { op: "add", path: "members", value: [{ value: "a" }] },
    ],
    [{ kind: "replaceMembers", ids: ["a"] }],
  ],
];

test.each(plans)("%s", (_title, operations, steps) => {
  expect(memberSteps(...operations)).toEqual(steps);
});

const refusals: [title: string, operation: unknown, scimType: string][] = [
  [
    "§3.5.2.3 writing to members that a filter selects by something else than value",
    { op: "replace", path: 'members[display eq "a"]', value: { type: "User" } },
    "invalidFilter",
  ],
  ["§3.5.2.1 a member without a value", { op: "add", path: "members", value: [{ display: "A" }] }, "invalidValue"],
  ["§3.5.2.1 a member with an empty value", { op: "add", path: "members", value: [{ value: "" }] }, "invalidValue"],
  [
    "§3.5.2.3 another id for a member",
    { op: "replace", path: 'members[value eq "a"]', value: { value: "b" } },
    "mutability",
  ],
  [
    "§3.5.2.3 the id of a member as a path",
    { op: "replace", path: 'members[value eq "a"].value', value: "b" },
    "mutability",
  ],
  ["§3.5.2.2 the id of a member as a path of remove", { op: "remove", path: "members.value" }, "mutability"],
  ["§3.5.2.2 the name of the group", { op: "remove", path: "displayName" }, "mutability"],
];

test.each(refusals)("%s is refused", (_title, operation, scimType) => {
  expect(() => memberSteps(operation)).toThrow(expect.objectContaining({ scimType }));
});

test("§3.5.2 a rename is left for applyPatch, on a group without its members", () => {
  const plan = planGroupPatch(
    read([
      { op: "replace", value: { id: "g", displayName: "New" } },
      { op: "add", path: "members", value: [{ value: "a" }] },
    ]),
  );
  expect(plan.members).toEqual([{ kind: "addMembers", ids: ["a"] }]);
  const group = { schemas: [type.schema.id], id: "g", displayName: "Old" };
  expect(applyPatch(group, plan.attributes, type)).toEqual({
    resource: { ...group, displayName: "New" },
    changed: true,
  });
});

test("§3.5.2 the plan leaves a group with the members that applying in memory would", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const value = fc.uniqueArray(id, { minLength: 1 }).map((ids) => ids.map((one) => ({ value: one })));
  const operation = fc.oneof(
    fc.record({ op: fc.constantFrom("add", "replace", "remove"), path: fc.constant("members"), value }),
    fc.record({ op: fc.constant("remove"), path: id.map((one) => `members[value eq "${one}"]`) }),
    fc.record({ op: fc.constant("remove"), path: id.map((one) => `members[not (value eq "${one}")]`) }),
    fc.record({ op: fc.constant("remove"), path: id.map((one) => `members[value gt "${one}" or value eq "a"]`) }),
    fc.constant({ op: "remove", path: "members" }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(id), fc.array(operation, { maxLength: 6 }), (before, operations) => {
      const checked = read(operations);
      const group = {
        schemas: [type.schema.id],
        displayName: "G",
        ...(before.length === 0 ? {} : { members: before.map((one) => ({ value: one })) }),
      };
      const inMemory = idsOf(applyPatch(group, checked, type).resource["members"]);
      expect([...carryOut(new Set(before), planGroupPatch(checked).members)].sort()).toEqual(inMemory.sort());
    }),
    { seed: 7644 },
  );
});

function carryOut(ids: Set<string>, steps: readonly MemberStep[]): Set<string> {
  return steps.reduce((current, step) => {
    switch (step.kind) {
      case "addMembers":
        return current.union(new Set(step.ids));
      case "removeMembers":
        return current.difference(new Set(step.ids));
      case "removeMembersWhere":
        return new Set([...current].filter((id) => !matches(step.filter, { value: id })));
      case "replaceMembers":
        return new Set(step.ids);
      case "removeAllMembers":
        return new Set<string>();
    }
  }, ids);
}

function idsOf(members: Json | undefined): string[] {
  if (!Array.isArray(members)) return [];
  return members.flatMap((member) =>
    isJsonObject(member) && typeof member["value"] === "string" ? member["value"] : [],
  );
}
