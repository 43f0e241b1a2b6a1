import { say } from "./say.svelte.ts";

/** What is wrong, in words: the console's own troubles from its catalogue, refusals as the server says them. */
export function sentenceOf(wrong: { code: string; message: string }): string {
  return say.failures[wrong.code] ?? wrong.message;
}
