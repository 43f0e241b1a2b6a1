import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { RunAs } from "./run-as.ts";

/** A PostgreSQL of this process. */
export type Running = {
  /** Fulfilled when it has ended, with its last words. */
  ended: Promise<string>;
  hasEnded(): boolean;
  /** Ends all connections, writes what is open, stops. */
  stop(): Promise<void>;
};

/**
 * PostgreSQL runs below a shell that reads from a pipe of ours and never gets anything. When this process ends, even by
 * `kill -9`, the kernel closes the pipe and the shell stops PostgreSQL (INT: at once, and cleanly).
 * The signal is repeated, since one that comes before PostgreSQL is ready for it is lost.
 */
const wrapper = `
exec 3<&0
"$@" </dev/null 3<&- &
postgres=$!
(read -r _ <&3; while kill -INT $postgres; do sleep 1; done) 2>/dev/null &
watcher=$!
wait $postgres
status=$?
kill $watcher 2>/dev/null
exit $status
`;

/** Lines of its log kept for the message when it does not start. */
const keptLines = 20;

/** Starts PostgreSQL; it is not ready yet when this answers. */
export function startPostmaster(options: {
  postgres: string;
  files: string;
  socketFolder: string;
  as: RunAs;
  settings: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
}): Running {
  const { as, onLine } = options;
  const settings = Object.entries(options.settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const place = ["-D", options.files, "-k", options.socketFolder];
  const child = spawn("/bin/sh", ["-c", wrapper, "sh", ...as.prefix, options.postgres, ...place, ...settings], {
    cwd: "/",
    env: environment(),
    stdio: ["pipe", "ignore", "pipe"],
    // Of its own session: Ctrl-C reaches the whole group of a terminal, and the database has to be the last to go.
    detached: true,
    ...(as.uid === undefined || as.gid === undefined ? {} : { uid: as.uid, gid: as.gid }),
  });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    onLine(line);
  });
  child.stdin.on("error", () => {});
  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => lastLines.push(error.message));
    child.once("close", () => {
      over = true;
      resolve(lastLines.join("\n"));
    });
  });
  return {
    ended,
    hasEnded: () => over,
    async stop() {
      child.stdin.destroy();
      await ended;
    },
  };
}

/** PostgreSQL gets none of our secrets, and speaks English in its log whatever the machine speaks. */
export function environment(): NodeJS.ProcessEnv {
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };
}
