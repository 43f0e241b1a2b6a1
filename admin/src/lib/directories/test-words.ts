import type { Reply } from "#console/api/call.ts";
import { say, viewer } from "#console/words/say.svelte.ts";

export type TestReport = Reply<"testDirectory">;
export type TestStep = TestReport["steps"][number];

/** What a move is for. The server says it in English; the console knows it in its other languages. */
export function titleOf(step: TestStep): string {
  return say.directoryTest.moves[step.name] ?? step.title;
}

/** What is wrong with a move. */
export function problemOf({ problem }: TestStep): string {
  return problem === null ? "" : translated(say.directoryTest.problems[problem.code], problem);
}

/** What a test says besides. */
export function adviceOf(one: TestReport["advice"][number]): string {
  return translated(say.directoryTest.advice[one.code], one);
}

/** How many moves passed, and of how many. */
export function countsOf({ steps }: TestReport): [passed: string, all: string] {
  const passed = steps.filter((step) => step.outcome === "passed").length;
  return [viewer.write.number(passed), viewer.write.number(steps.length)];
}

function translated(
  text: string | undefined,
  { says, values }: { says: string; values: Readonly<Record<string, string>> },
): string {
  return text === undefined
    ? says
    : text.replaceAll(/\{(\w+)\}/g, (place, name: string) => written(name, values) ?? place);
}

/** Switches come by their names in code. */
function written(name: string, values: Readonly<Record<string, string>>): string | undefined {
  const value = values[name];
  if (name !== "switches" || value === undefined) return value;
  return value
    .split(", ")
    .map((one) => `「${say.fields[one] ?? one}」`)
    .join("");
}
