import { clean } from "./clean.ts";

/** Longer cells are cut: a terminal has 80 to 200 columns. */
const widestCell = 60;

// What a terminal draws two columns wide: East Asian wide and full-width forms (UAX #11), and emoji.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Rows of cells as aligned columns. The last column is never cut. */
export function table(rows: readonly (readonly string[])[], headings?: readonly string[]): string {
  const all = (headings === undefined ? rows : [headings, ...rows]).map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? clean(cell) : cut(clean(cell)))),
  );
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...all.map((row) => width(row[at] ?? ""))));
  return all
    .map((row) => row.map((cell, at) => cell + " ".repeat(Math.max(0, (widths[at] ?? 0) - width(cell)))).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Names and values below each other, what has no value left out, and a sentence below them. */
export function facts(
  pairs: readonly (readonly [name: string, value: string | null | undefined])[],
  note?: string,
): string {
  const lines = table(pairs.flatMap(([name, value]) => (value == null || value === "" ? [] : [[`${name}:`, value]])));
  return note === undefined ? lines : `${lines}\n\n${note}`;
}

/** How many columns of a terminal a text takes. */
function width(text: string): number {
  if (/^[\u0020-\u024f]*$/.test(text)) return text.length;
  return [...segmenter.segment(text)].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0);
}

function cut(text: string): string {
  if (width(text) <= widestCell) return text;
  let kept = "";
  for (const { segment } of segmenter.segment(text)) {
    if (width(kept) + width(segment) > widestCell - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
