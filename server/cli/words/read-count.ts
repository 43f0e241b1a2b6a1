import { UsageError } from "../command.ts";

/** The whole number that a flag was given. @throws UsageError it is none, or out of bounds */
export function readCount(flag: string, text: string, bounds: { least: number; most: number; or?: string }): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= bounds.least && number <= bounds.most) return number;
  const or = bounds.or === undefined ? "" : `, or \`${bounds.or}\``;
  throw new UsageError(`\`${flag}\` is a whole number from ${bounds.least} to ${bounds.most}${or}, not \`${text}\`.`);
}
