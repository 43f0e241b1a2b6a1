import { command } from "../command.ts";
import type { Command } from "../command.ts";
import { table } from "../print/table.ts";

export const houseCommands: readonly Command[] = [
  command({
    name: "migrate",
    summary: "Bring the database to the newest schema",
    notes: ["`gatehouse start` and every other command do so by themselves."],
    async run({ env }) {
      const { migrateNow } = await import("./migrate.ts");
      const applied = await migrateNow(env);
      const text =
        applied.length === 0 ? "The database has the newest schema already." : `Applied ${applied.join(", ")}.`;
      return { json: { applied }, text };
    },
  }),

  command({
    name: "doctor",
    summary: "Look at everything a server needs and say what is wrong",
    notes: ["Changes no data. Ends with 1 when something does not work."],
    async run({ env }) {
      const { examine } = await import("../doctor/examine.ts");
      const checks = await examine(env);
      const failed = checks.some((check) => check.state === "fail");
      const lines = checks.map(({ name, state, says, todo }) => [
        state,
        name,
        todo === undefined ? says : `${says} ${todo}`,
      ]);
      return { json: { ok: !failed, checks }, text: table(lines), failed };
    },
  }),

  command({
    name: "setup-link",
    summary: "Make the one-time link for the first administrator",
    notes: ["A link made earlier stops working. Refused once there is an administrator."],
    async run({ house }) {
      const [{ makeSetupLink }, { operator }] = await Promise.all([
        import("#server/onboarding/set-up.ts"),
        import("../open-house.ts"),
      ]);
      const url = await makeSetupLink(await house(), operator().requestId);
      return { json: { url }, text: url };
    },
  }),
];
