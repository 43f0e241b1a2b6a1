/** The word that was probably meant, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const ranked = known
    .map((one) => ({ one, distance: one.startsWith(word) && word.length > 1 ? 0 : distance(word, one) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= most ? best.one : undefined;
}

/** How many letters differ: changed, missing, added, or two neighbours swapped. */
function distance(from: string, to: string): number {
  const rows = Array.from({ length: from.length + 1 }, (_, at) => [at, ...Array.from({ length: to.length }, () => 0)]);
  rows[0] = Array.from({ length: to.length + 1 }, (_, at) => at);
  const cell = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= from.length; row += 1) {
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const steps = [
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + (isSame ? 0 : 1),
      ];
      if (isSwap) steps.push(cell(row - 2, column - 2) + 1);
      (rows[row] ??= [])[column] = Math.min(...steps);
    }
  }
  return cell(from.length, to.length);
}
