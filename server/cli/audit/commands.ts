import { command } from "../command.ts";
import type { Command } from "../command.ts";

export const auditCommands: readonly Command[] = [
  command({
    name: "audit verify",
    summary: "Check that nobody has changed the log since it was sealed",
    flags: {
      expect: {
        kind: "text",
        value: "HEAD",
        summary: "the newest seal that an earlier run told: it must still be there",
      },
    },
    notes: [
      "Ends with 1 when something is wrong, and names the first places.",
      "Keep the head that it tells somewhere else: with `--expect` it shows later that nothing was cut off at the end.",
    ],
    async run({ flags, house, tell }) {
      const { verifyLog } = await import("./verify.ts");
      return await verifyLog(await house(), flags.expect, tell);
    },
  }),
];
