import { run } from "./run.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that goes away (`gatehouse user list | head`) has what it wanted.
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`The answer cannot be written (${error.code}).\n`);
  process.exit(1);
});
process.stderr.on("error", () => {});

const { output, complaint, code } = await run(process.argv.slice(2), process.env);
process.exitCode = code;
if (output !== "") process.stdout.write(`${output}\n`);
if (complaint !== "") process.stderr.write(`${complaint}\n`);
