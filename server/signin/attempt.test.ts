import { describe, expect, test } from "vitest";
import type { UserId } from "../kernel/ids.ts";
import { advance, beginAttempt, stepOf } from "./attempt.ts";
import type { Attempt, AttemptEvent } from "./attempt.ts";

const signedIn = { userId: "1" as UserId, displayName: "Ada", mustChange: null, credentialId: "2" };
const start = (factor: "none" | "ask" | "enroll") => beginAttempt(signedIn, factor);

const events: AttemptEvent[] = [
  { type: "factorPassed", amr: ["otp", "mfa"] },
  { type: "factorEnrolled", amr: ["otp", "mfa"], hasCodes: true },
  { type: "factorEnrolled", amr: ["email", "mfa"], hasCodes: false },
  { type: "codesSeen" },
  { type: "protectionPassed" },
  { type: "protectionDue", confirmationId: "1" },
  { type: "linkConfirmed", confirmationId: "1" },
  { type: "deviceRefused", hasFactor: true },
  { type: "deviceRefused", hasFactor: false },
  { type: "deviceRemoved" },
];

/** Every state that any order of events leads to. */
function reachable(from: Attempt): Attempt[] {
  const seen = new Map<string, Attempt>();
  const waiting = [from];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const key = JSON.stringify(one);
    if (seen.has(key)) continue;
    seen.set(key, one);
    for (const event of events) {
      const next = advance(one, event);
      if (next !== undefined) waiting.push(next);
    }
  }
  return [...seen.values()];
}

const known: AttemptEvent = { type: "protectionPassed" };
const unknown: AttemptEvent = { type: "protectionDue", confirmationId: "1" };

const orders: [string, "none" | "ask" | "enroll", AttemptEvent[], string][] = [
  ["a password alone", "none", [], "protect"],
  ["a known device, network and place", "none", [known], "admit"],
  ["an unknown one", "none", [unknown], "confirm"],
  ["the link of another sign-in", "none", [unknown, { type: "linkConfirmed", confirmationId: "2" }], "confirm"],
  ["its own link", "none", [unknown, { type: "linkConfirmed", confirmationId: "1" }], "admit"],
  ["a factor that is due", "ask", [], "factor"],
  ["a factor given", "ask", [{ type: "factorPassed", amr: ["otp"] }], "protect"],
  ["a factor to enroll", "enroll", [], "enroll"],
  ["a factor enrolled", "enroll", [{ type: "factorEnrolled", amr: ["otp"], hasCodes: true }], "codes"],
  ["its codes seen", "enroll", [{ type: "factorEnrolled", amr: [], hasCodes: true }, { type: "codesSeen" }], "protect"],
  ["no place left", "none", [known, { type: "deviceRefused", hasFactor: false }], "device"],
  [
    "no place left, with a factor that was not asked for",
    "none",
    [known, { type: "deviceRefused", hasFactor: true }],
    "factor",
  ],
  ["a place made", "none", [known, { type: "deviceRefused", hasFactor: false }, { type: "deviceRemoved" }], "admit"],
];

describe("[S2] [S4] a sign-in waits at the right step after", () => {
  test.each(orders)("%s", (_name, factor, happened, step) => {
    const end = happened.reduce<Attempt>((at, event) => advance(at, event) ?? at, start(factor));
    expect(stepOf(end)).toBe(step);
  });
});

describe.each(["none", "ask", "enroll"] as const)("[S2] from a sign-in with factor %s", (factor) => {
  const states = reachable(start(factor));

  test("an event out of its step changes nothing, whatever the order (CVE-2026-49448)", () => {
    const steps = {
      factorPassed: "factor",
      factorEnrolled: "enroll",
      codesSeen: "codes",
      protectionPassed: "protect",
      protectionDue: "protect",
      linkConfirmed: "confirm",
      deviceRefused: "admit",
      deviceRemoved: "device",
    } as const;
    for (const state of states) {
      for (const event of events) {
        expect(advance(state, event) !== undefined, `${JSON.stringify(state)} ${event.type}`).toBe(
          stepOf(state) === steps[event.type],
        );
      }
    }
  });

  test("nobody is admitted, or removes a device, before a factor that is due was given (CVE-2025-64103)", () => {
    for (const state of states.filter((one) => ["protect", "confirm", "admit", "device"].includes(stepOf(one)))) {
      expect(["none", "passed"]).toContain(state.factor);
      if (factor !== "none") expect(state.amr).toContain("mfa");
    }
  });

  test("[S3] nobody is admitted, or sees the devices, before account protection has passed", () => {
    for (const state of states.filter((one) => ["admit", "device"].includes(stepOf(one)))) {
      expect(state.protection).toBe("passed");
    }
  });
});
