import { run } from "./run.ts";

// A reader that goes away (`gatehouse user list | head`) has what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const { output, complaint, code } = await run(process.argv.slice(2), process.env);
if (output !== "") process.stdout.write(`${output}\n`);
if (complaint !== "") process.stderr.write(`${complaint}\n`);
process.exitCode = code;
