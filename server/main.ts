import { createLog } from "./kernel/log.ts";
import { StartError } from "./kernel/start-error.ts";
import { isRole } from "./main/roles.ts";

// `gatehouse start` runs this file, and so does each process that it starts, with its role in the environment.
const role = process.env["GATEHOUSE_ROLE"];

// A reader that goes away (`npm start | head`) must not take the server with it.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => {
  createLog({ level: "fatal", to: process.stderr }).fatal({ err: error }, "this process ends of a bug");
  process.exit(1);
});

try {
  if (isRole(role)) {
    const { runChild } = await import("./main/run-child.ts");
    await runChild(role, process.env);
  } else {
    const { supervise } = await import("./main/supervise.ts");
    await supervise(process.argv.slice(2), process.env);
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
