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
    name: "backup",
    summary: "Write everything in the database into one file, while servers go on",
    words: ["FILE"],
    notes: [
      "The file has personal data and password hashes: keep it where only you can read it.",
      "Secrets in it are sealed by the secret key, which is not in it: keep `secret-key` of the data folder, or SECRET_KEY.",
    ],
    async run({ words: [file], house, env }) {
      const { backUp } = await import("./backup.ts");
      const counted = await backUp(await house(), file, env);
      return { json: { file, ...counted }, text: `${file} has ${counted.rows} rows of ${counted.tables} tables.` };
    },
  }),

  command({
    name: "restore",
    summary: "Put a backup into a new, empty database",
    words: ["FILE"],
    flags: {
      keepSessions: {
        kind: "switch",
        summary: "for a move, with no server running since the backup: people stay signed in, links go on working",
      },
    },
    notes: [
      "Give it the DATA_DIR or DATABASE_URL of a house that was never used, and the secret key of the old one.",
      "What was changed, disabled or revoked after the backup is as it was then; so sessions, tokens of apps and links end.",
    ],
    async run({ words: [file], flags, house, env, tell }) {
      const { restore } = await import("./backup.ts");
      const counted = await restore({ file, env, house, tell, keepSessions: flags.keepSessions });
      return { json: { file, ...counted }, text: `Restored ${counted.rows} rows of ${counted.tables} tables.` };
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
