import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { enterprise, made, person, team } from "./support/scim-client.ts";
import type { Body } from "./support/scim-client.ts";

/**
 * Filters against a model: what RFC 7644 §3.4.2.2 says of a resource as JSON, written down here a second time and
 * without SQL. Any filter must find the same people both ways.
 */
const at = atServer();
const runs = Number(process.env["FUZZ_RUNS"] ?? 1000);
const seed = Number(process.env["FUZZ_SEED"] ?? 7644);

type Test = (resource: Body) => boolean;
/** A filter as text, and what it means. */
interface Filter {
  text: string;
  fits: Test;
}

interface Leaf {
  /** The values that a comparison is about: none when nothing is assigned. */
  of: (resource: Body) => unknown[];
  isExact?: boolean;
  isBoolean?: boolean;
}

const list = (value: unknown): unknown[] => (value === undefined || value === null ? [] : [value]);
const parts = (name: string, sub: string) => (resource: Body) =>
  (resource[name] ?? []).flatMap((one: Body) => list(one[sub]));

const leaves: Record<string, Leaf> = {
  userName: { of: (one) => list(one.userName) },
  externalId: { of: (one) => list(one.externalId), isExact: true },
  title: { of: (one) => list(one.title) },
  displayName: { of: (one) => list(one.displayName) },
  "name.givenName": { of: (one) => list(one.name?.givenName) },
  "name.middleName": { of: (one) => list(one.name?.middleName) },
  active: { of: (one) => list(one.active), isBoolean: true },
  "emails.value": { of: parts("emails", "value") },
  emails: { of: parts("emails", "value") },
  "emails.type": { of: parts("emails", "type") },
  "roles.value": { of: parts("roles", "value") },
  [`${enterprise}:department`]: { of: (one) => list(one[enterprise]?.department) },
  costCenter: { of: (one) => list(one[enterprise]?.costCenter) },
  "groups.display": { of: parts("groups", "display") },
};
const inEmails: Record<string, Leaf> = {
  value: { of: (one) => list(one.value) },
  type: { of: (one) => list(one.type) },
  display: { of: (one) => list(one.display) },
  // A missing primary is false (RFC 7643 §2.4).
  primary: { of: (one) => [one.primary === true], isBoolean: true },
};

const words = ["a", "A", "ab", "b", "Ba", "work", "home", "%", "_", "ä", "Ä", "a@x.example", "A@X.example", '"\\', ""];

function compare(op: string, leaf: Leaf, wanted: string | boolean): Test {
  const folded = (value: unknown) =>
    typeof value === "string" && leaf.isExact !== true ? value.toLowerCase() : (value as string | boolean);
  const right = folded(wanted);
  const isTrue = (value: unknown): boolean => {
    const left = folded(value);
    if (op === "eq" || op === "ne") return left === right;
    if (typeof left !== "string" || typeof right !== "string") return false;
    if (op === "co") return left.includes(right);
    if (op === "sw") return left.startsWith(right);
    if (op === "ew") return left.endsWith(right);
    if (op === "gt") return left > right;
    if (op === "ge") return left >= right;
    return op === "lt" ? left < right : left <= right;
  };
  const isAny: Test = (resource) => leaf.of(resource).some(isTrue);
  return op === "ne" ? (resource) => !isAny(resource) : isAny;
}

function terms(known: Record<string, Leaf>): fc.Arbitrary<Filter> {
  return fc.constantFrom(...Object.entries(known)).chain(([name, leaf]) => {
    const operators = leaf.isBoolean === true ? ["eq", "ne"] : ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
    const value = leaf.isBoolean === true ? fc.boolean() : fc.constantFrom(...words);
    const comparison = fc.tuple(fc.constantFrom(...operators), value).map(([op, wanted]) => ({
      text: `${name} ${op} ${JSON.stringify(wanted)}`,
      fits: compare(op, leaf, wanted),
    }));
    const presence: Filter = {
      text: `${name} pr`,
      fits: (resource) => leaf.of(resource).some((one) => one !== "" && (name !== "primary" || one === true)),
    };
    // What `primary pr` means for one that is false is nobody's question.
    return name === "primary" ? comparison : fc.oneof({ arbitrary: comparison, weight: 5 }, fc.constant(presence));
  });
}

function combined(term: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      term,
      fc.tuple(tie("filter"), fc.constantFrom("and", "or"), tie("filter")).map(([a, op, b]) => ({
        text: `(${a.text}) ${op} (${b.text})`,
        fits: op === "and" ? (one: Body) => a.fits(one) && b.fits(one) : (one: Body) => a.fits(one) || b.fits(one),
      })),
      // Without brackets, `and` binds before `or`.
      fc.tuple(term, term, term).map(([a, b, c]) => ({
        text: `${a.text} or ${b.text} and ${c.text}`,
        fits: (one: Body) => a.fits(one) || (b.fits(one) && c.fits(one)),
      })),
      tie("filter").map((inner) => ({ text: `not (${inner.text})`, fits: (one: Body) => !inner.fits(one) })),
    ),
  }));
  return filter;
}

/** `emails[…]`: one and the same element. */
const valuePath = combined(terms(inEmails)).map((inner) => ({
  text: `emails[${inner.text}]`,
  fits: (resource: Body) => (resource.emails ?? []).some((one: Body) => inner.fits(one)),
}));

let people: Body[];

beforeAll(async () => {
  const pick = <Value>(values: readonly Value[], n: number) => values[n % values.length];
  const ids: string[] = [];
  for (let n = 0; n < 24; n += 1) {
    const emails = Array.from({ length: n % 4 }, (_, at1) => ({
      value: `${pick(["a", "A", "b", "ab"], n + at1)}@${pick(["x", "X", "y"], n)}.example`,
      ...(at1 % 2 === 0 ? { type: pick(["work", "home", "WORK"], n + at1) } : {}),
      ...(at1 === 1 ? { primary: true } : {}),
      ...(n % 5 === 0 ? { display: pick(["a", "%", "ä"], n + at1) } : {}),
    }));
    ids.push(
      await made(
        at.scim,
        person(`${pick(["a", "b", "ab", "work"], n)}${n}`, {
          active: n % 3 !== 0,
          emails,
          ...(n % 2 === 0 ? { title: pick(["a", "A", "Ba", "%", "_b", "Ä", '"\\'], n / 2) } : {}),
          ...(n % 3 === 0 ? { name: { givenName: pick(["a", "B", "ä"], n), middleName: pick(["", "a"], n) } } : {}),
          ...(n % 4 === 0 ? { externalId: pick(["a", "A", "b", "B", "ab", "%x"], n / 4) } : {}),
          ...(n % 5 === 0 ? { roles: [{ value: pick(["a", "b"], n) }, { value: "work" }] } : {}),
          ...(n % 6 === 0
            ? { [enterprise]: { department: pick(["a", "Ab"], n), costCenter: pick(["_", "b"], n) } }
            : {}),
        }),
      ),
    );
  }
  await made(at.scim, team("Ab", { members: ids.slice(0, 5).map((value) => ({ value })) }));
  await made(at.scim, team("b", { members: ids.slice(3, 9).map((value) => ({ value })) }));
  people = (await at.scim.get("/Users?count=1000")).body.Resources;
});

test(`[P1] §1.4 RFC 7644 §3.4.2.2: any filter finds whom a model of the standard finds`, async () => {
  let some = 0;
  await fc.assert(
    fc.asyncProperty(combined(fc.oneof({ arbitrary: terms(leaves), weight: 3 }, valuePath)), async ({ text, fits }) => {
      const answer = await at.scim.find("Users", text, "&count=1000&attributes=userName");
      expect(answer.status, `${text}: ${answer.text}`).toBe(200);
      const found = answer.body.Resources.map((one: Body) => one.userName);
      const expected = people.filter(fits).map((one) => one.userName);
      expect(found, text).toEqual(expected);
      expect(answer.body.totalResults).toBe(expected.length);
      if (expected.length > 0 && expected.length < people.length) some += 1;
    }),
    { numRuns: runs, seed },
  );
  // Or else the property would say little.
  expect(some).toBeGreaterThan(runs / 3);
}, 300_000);
