import { command, UsageError } from "../command.ts";
import type { Command } from "../command.ts";

const most = 10_000_000;

export const seedCommands: readonly Command[] = [
  command({
    name: "seed",
    summary: "Fill a new house with made-up people, to see how it is with many",
    flags: {
      users: { kind: "text", value: "N", summary: "how many people; 2000 unless given" },
      events: {
        kind: "text",
        value: "N",
        summary: "how many lines the log is to have; twenty for each person unless given",
      },
    },
    notes: ["They have a directory of their own and cannot sign in. A house that is in use is left alone."],
    async run({ flags, house, tell }) {
      const users = readCount("--users", flags.users, 2000);
      const events = readCount("--events", flags.events, Math.min(most, users * 20));
      const { seed } = await import("./seed.ts");
      const open = await house();
      if (users > 50_000) tell("This takes some minutes.");
      const seeded = await seed(open, { users, events });
      const text = `There are ${seeded.users} users, ${seeded.groups} groups and ${seeded.events} lines of the log now.`;
      return { json: seeded, text };
    },
  }),
];

function readCount(flag: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  const count = Number(given);
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new UsageError(`${flag} takes a whole number from 1 to ${most}.`);
  }
  return count;
}
