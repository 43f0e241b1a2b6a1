import { expect, test } from "vitest";
import { command } from "../command.ts";
import { nearest } from "./nearest.ts";
import { readWords } from "./read-words.ts";

const sample = command({
  name: "app set",
  summary: "",
  words: ["APP", "NOTE?"],
  flags: {
    name: { kind: "text", value: "NAME", summary: "" },
    redirectUri: { kind: "list", value: "URI", summary: "" },
    thirdParty: { kind: "switch", summary: "" },
  },
  run: async () => ({ json: {}, text: "" }),
});

const nothing = { name: undefined, redirectUri: undefined, thirdParty: false };

test.each<[given: string, flags: object, words: (string | undefined)[]]>([
  ["Wiki", nothing, ["Wiki", undefined]],
  ["Wiki --name New", { ...nothing, name: "New" }, ["Wiki", undefined]],
  ["--name=New=er Wiki hello", { ...nothing, name: "New=er" }, ["Wiki", "hello"]],
  ["--name= Wiki", { ...nothing, name: "" }, ["Wiki", undefined]],
  ["--third-party Wiki", { ...nothing, thirdParty: true }, ["Wiki", undefined]],
  [
    "Wiki --redirect-uri a b --third-party",
    { ...nothing, redirectUri: ["a", "b"], thirdParty: true },
    ["Wiki", undefined],
  ],
  ["Wiki --redirect-uri a --redirect-uri=b c", { ...nothing, redirectUri: ["a", "b"] }, ["Wiki", "c"]],
  ["--redirect-uri a b Wiki", { ...nothing, redirectUri: ["a", "b"] }, ["Wiki", undefined]],
  ["--name -5 -- --Wiki --name", { ...nothing, name: "-5" }, ["--Wiki", "--name"]],
])("[C3] reads `app set %s`", (given, flags, words) => {
  expect(readWords(sample, given.split(" "))).toEqual({ flags, words });
});

test.each([
  ["", "APP is missing."],
  ["--redirect-uri a", "APP is missing."],
  ["a b c", "`c` is one word too many."],
  ["a --name", "`--name` needs a value."],
  ["a --name --third-party", "`--name` needs a value."],
  ["a --third-party=yes", "`--third-party` takes no value."],
  ["a --name x --name y", "`--name` is given twice."],
  ["a --thirdparty", "`gatehouse app set` has no `--thirdparty`. Did you mean `--third-party`?"],
])("[C3] refuses `app set %s`", (given, sentence) => {
  expect(() =>
    readWords(
      sample,
      given.split(" ").filter((word) => word !== ""),
    ),
  ).toThrow(sentence);
});

test.each([
  ["usr", "user"],
  ["uesr", "user"],
  ["dir", "directory"],
  ["setings", "settings"],
  ["xyzzy", undefined],
])("[C3] the word nearest to %s", (word, meant) => {
  expect(nearest(word, ["user", "directory", "settings", "app"])).toBe(meant);
});
