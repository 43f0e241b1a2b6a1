import { join } from "node:path";
import { openInstallation } from "./installation.ts";
import type { Installation } from "./installation.ts";
import { measure, nothingSeen } from "./measure.ts";
import { operations } from "./operations.ts";
import { judge, lineOf } from "./report.ts";
import type { Line, Verdict } from "./report.ts";
import { findSubject, tidy } from "./subject.ts";

export interface Plan {
  /** Users of each installation. */
  sizes: readonly number[];
  /** The folder in which the installations lie, as `data-N`; those that are there are used again. */
  folder: string;
  /** Requests at a time. */
  connections: number;
  /** How long each operation is measured in each installation. */
  seconds: number;
  /** In how many pieces, so that what else the machine does meets all alike. */
  rounds: number;
  /** Parts of the names of operations; empty: all. */
  only: readonly string[];
  /** More of the servers' environment. */
  env?: Readonly<Record<string, string>>;
  tell(line: string): void;
}

/** Measures the operations in each installation in turn, round after round, and leaves the installations as they were. */
export async function benchmark(plan: Plan): Promise<{ lines: Line[]; verdicts: Verdict[] }> {
  const { sizes, rounds, seconds, connections, tell } = plan;
  const installations: Installation[] = [];
  try {
    for (const users of sizes) {
      tell(`an installation with ${users.toLocaleString("en")} users …`);
      const folder = join(plan.folder, `data-${users}`);
      installations.push(await openInstallation({ users, folder, connections, ...(plan.env && { env: plan.env }) }));
    }
    const subjects = await Promise.all(installations.map(async (one) => await findSubject(one, connections)));
    const chosen = operations.filter(
      ({ name }) => plan.only.length === 0 || plan.only.some((part) => name.includes(part)),
    );
    const seen = chosen.flatMap((operation) =>
      subjects.flatMap((subject) =>
        operation.needs?.(subject) === false
          ? []
          : [{ subject, seen: nothingSeen(operation, subject.installation.users) }],
      ),
    );
    for (const {
      subject,
      seen: { operation },
    } of seen)
      await operation.prepare?.(subject);
    const milliseconds = (seconds * 1000) / rounds;
    tell("warming up …");
    for (const {
      subject,
      seen: { operation, users },
    } of seen) {
      await measure(nothingSeen(operation, users), subject, { connections, milliseconds: milliseconds / 4 });
    }
    for (let round = 1; round <= rounds; round += 1) {
      tell(`round ${round} of ${rounds} …`);
      for (const one of seen) await measure(one.seen, one.subject, { connections, milliseconds });
    }
    await Promise.all(subjects.map(tidy));
    const lines = seen.map((one) => lineOf(one.seen));
    const flat = new Set(chosen.filter((one) => one.isFlat === true).map(({ name }) => name));
    return { lines, verdicts: judge(lines, flat) };
  } finally {
    for (const one of installations) await one.close();
  }
}
