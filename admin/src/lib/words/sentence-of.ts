import { say, viewer } from "./say.svelte.ts";

/**
 * What is wrong, in the viewer's language. English sentences come from the server, which knows the numbers; another
 * language has its own by code, and falls back to the server's.
 */
export function sentenceOf(wrong: { code: string; message: string }): string {
  const own: Record<string, string> = say.failures;
  if (viewer.language === "en" && !wrong.code.startsWith("console.")) return wrong.message;
  if (wrong.code === "console.shape") return wrong.message;
  return own[wrong.code] ?? wrong.message;
}
