import { expect, test } from "vitest";
import { failure, failures } from "../contract/failure.ts";
import type { FailureCode } from "../contract/failure.ts";
import { failureText, failureWords } from "./failure-words.ts";

test("[S8] every failure has a sentence in Japanese, and ends as one", () => {
  for (const code of Object.keys(failures) as FailureCode[]) {
    expect(failureText(failure(code), "ja"), code).toMatch(/[\u3040-\u30ff][^]*。$/);
    expect(failureText(failure(code), "en"), code).toBe(failures[code].says);
    expect(failureWords[code].ja, code).not.toMatch(/\{\w+\}/);
  }
});

test("[U8] numbers are said where the failure brings them", () => {
  const tooShort = failure("password.tooShort", {
    says: "Has 6 characters; at least 12 are needed.",
    data: { length: 6, least: 12 },
  });
  expect(failureText(tooShort, "en")).toBe("Has 6 characters; at least 12 are needed.");
  expect(failureText(tooShort, "ja")).toBe("6文字です。12文字以上にしてください。");
});

test("[S6] a wait is said in minutes and hours", () => {
  const throttled = failure("signin.throttled", { data: { seconds: 300 } });
  expect(failureText(throttled, "en")).toBe("Too many tries. Wait 5 minutes, then try again.");
  expect(failureText(throttled, "ja")).toBe("試行回数が多すぎます。5分待ってから、もう一度お試しください。");
});

test("[U8] a missing kind of character is named", () => {
  const missing = failure("password.classMissing", {
    says: "A digit is needed.",
    data: { class: "passwords.requireDigit" },
  });
  expect(failureText(missing, "ja")).toBe("数字を入れてください。");
});
