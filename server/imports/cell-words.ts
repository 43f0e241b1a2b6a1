import { accountColumnsByKey, booleanWords, clearWords, headerKey, unguardCell } from "../contract/account-columns.ts";

/** The text that somebody meant by a cell: without the guard against formulas, and without space around it. */
export function meantText(cell: string): string {
  return unguardCell(cell).replaceAll("\r\n", "\n").trim();
}

const clearKeys = new Set(Object.values(clearWords).map(wordKey));

/** Says whether a cell takes the value away. */
export function isClearing(text: string): boolean {
  return clearKeys.has(wordKey(text));
}

const truths = new Map<string, boolean>([
  ...[...Object.values(booleanWords.true), "true", "y", "1", "on", "○", "有", "真"].map(
    (word) => [wordKey(word), true] as const,
  ),
  ...[...Object.values(booleanWords.false), "false", "n", "0", "off", "×", "無", "偽"].map(
    (word) => [wordKey(word), false] as const,
  ),
]);

/** Yes or no, in any of their words; undefined for other words. */
export function readTruth(text: string): boolean | undefined {
  return truths.get(wordKey(text));
}

const choices = new Map<string, ReadonlyMap<string, string>>(
  [...accountColumnsByKey.values()].flatMap(({ key, choices: words }) =>
    words === undefined
      ? []
      : [
          [
            key,
            new Map(
              Object.entries(words).flatMap(([value, { en, ja }]) =>
                [value, en, ja].map((word) => [wordKey(word), value]),
              ),
            ),
          ] as const,
        ],
  ),
);

/** The value of a column of choices that a word means; undefined for other words. */
export function readChoice(column: string, text: string): string | undefined {
  return choices.get(column)?.get(wordKey(text));
}

/** The words that a column of choices takes, for the sentence of a refusal. */
export function choiceWords(column: string): string {
  return Object.values(accountColumnsByKey.get(column)?.choices ?? {})
    .map(({ en }) => en)
    .join(", ");
}

/** What several values of a cell are: one a line, empty lines left out. */
export function readLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Words are told apart as headers are; signs alone as they stand. */
function wordKey(word: string): string {
  return headerKey(word) || word.trim();
}
