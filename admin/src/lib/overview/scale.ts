/**
 * The lines of a chart's vertical axis: from zero, in 2 to 4 steps of 1, 2, 2.5 or 5 times a power of ten.
 *
 * @param most the largest value to be shown
 */
export function gridLines(most: number): number[] {
  const rough = Math.max(most, 4) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10]
    .map((factor) => factor * power)
    .find((size) => size >= rough && Number.isInteger(size));
  const size = step ?? 10 * power;
  return Array.from({ length: Math.ceil(Math.max(most, 1) / size) + 1 }, (_, line) => line * size);
}
