import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { facts } from "../print/table.ts";

const byName = "DIRECTORY is a name or an id.";

export const tokenCommands: readonly Command[] = [
  command({
    name: "directory rotate-token",
    summary: "Make another token; the older ones work on for the overlap",
    words: ["DIRECTORY"],
    flags: {
      overlapHours: { kind: "text", value: "HOURS", summary: "0 to 8784; 24 unless given" },
      tokenDays: { kind: "text", value: "DAYS", summary: "end the new token after this many days; never unless given" },
    },
    notes: [byName],
    async run({ flags, words: [named], house, work }) {
      const { rotateTokenOf } = await import("./rotate-token.ts");
      const { config } = await house();
      const rotated = await work(async (one) => await rotateTokenOf(one, config.issuer, named, flags));
      return {
        json: rotated,
        text: facts(
          [["Token", rotated.token]],
          `Older tokens work for ${rotated.overlapHours} hours. This one is shown this once.`,
        ),
      };
    },
  }),

  command({
    name: "directory revoke-token",
    summary: "End a token of a directory at once",
    words: ["DIRECTORY", "TOKEN"],
    notes: [byName, "TOKEN is its id or its last four characters, as `directory show` has them."],
    async run({ words: [named, token], work }) {
      const { revokeTokenOf } = await import("./revoke-token.ts");
      const json = await work(async (one) => await revokeTokenOf(one, named, token));
      return { json, text: `The token …${json.hint} works no more.` };
    },
  }),
];
