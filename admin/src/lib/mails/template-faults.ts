import type { TemplateProblem } from "#contract/mail-templates.ts";
import { say, viewer } from "#console/words/say.svelte.ts";

/** What is wrong with a part of a template, and where, in words. */
export function sentenceOfFault({ fault, line, column, what }: TemplateProblem): string {
  const { faults, place } = say.mailTemplates;
  const where = line === null || column === null ? "" : place(viewer.write.number(line), viewer.write.number(column));
  return `${where}${faults[fault](what ?? "")}`;
}
