import { verifyEvents } from "#server/audit/verify-events.ts";
import type { LogProblem } from "#server/audit/verify-events.ts";
import type { House } from "#server/house.ts";
import type { Answer } from "../command.ts";
import { UsageError } from "../command.ts";

/** @throws UsageError the head that is expected cannot be one */
export async function verifyLog(
  house: House,
  expected: string | undefined,
  tell: (sentence: string) => void,
): Promise<Answer> {
  if (expected !== undefined && !/^\d+:[0-9a-f]{64}$/.test(expected)) {
    throw new UsageError("`--expect` is a head that an earlier `audit verify` told, such as 12:9f86d0….");
  }
  let toldAt = performance.now();
  const progress = (seals: number) => {
    if (!process.stderr.isTTY || performance.now() - toldAt < 2000) return;
    toldAt = performance.now();
    tell(`${seals} seals read`);
  };
  const report = await house.db.inTransaction(async (tx) => await verifyEvents(tx, house.keyring, expected, progress), {
    readOnlySnapshot: true,
  });
  const counts = [
    `${report.events} events are as they were sealed, in ${report.seals} seals.`,
    report.pruned === 0 ? "" : `${report.pruned} were let go by the retention of the log.`,
    report.unsealed === 0 ? "" : `${report.unsealed} since ${report.unsealedSince ?? ""} are not sealed yet.`,
    report.head === null ? "" : `\nHead: ${report.head}`,
  ];
  const found = report.problems.map((problem) => `- ${describe(problem)}`);
  const more = report.problemCount - report.problems.length;
  const verdict = report.isWhole
    ? "The log is whole."
    : `The log is NOT as it was sealed. The first places:\n${found.join("\n")}${more > 0 ? `\n- and ${more} more` : ""}\n`;
  const text = [verdict, ...counts.filter((one) => one !== "")].join(" ").replaceAll(" \n", "\n");
  return { json: report, text, failed: !report.isWhole };
}

function describe({ kind, seal, eventId, at }: LogProblem): string {
  const where = `in seal ${seal ?? 0}${at === null ? "" : `, of ${at}`}`;
  switch (kind) {
    case "changed":
      return `Event ${eventId} was changed, ${where}.`;
    case "missing":
      return `Event ${eventId} is missing, ${where}.`;
    case "added":
      return `Event ${eventId} was put in afterwards, ${where}.`;
    case "stray":
      return `Event ${eventId} lies where no event can be.`;
    case "seal":
      return `Seal ${seal} is not the one that was made, or one before it is missing${at === null ? "" : ` (${at})`}.`;
    case "key":
      return "The key of the seals is gone, or no SECRET_KEY opens it: of seals nothing can be said.";
    case "head":
      return "The expected seal is not there: the log was cut off, or sealed anew.";
  }
}
