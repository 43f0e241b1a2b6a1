import pino from "pino";
import type { DestinationStream, Logger } from "pino";
import type { LogLevel } from "./config.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { toLine } from "./log-line.ts";

export type Log = Logger;

/**
 * The structured log: JSON, one object a line, or lines for people when a terminal reads it.
 * Secrets are taken out by the names of their fields, however deep they lie (see `hide-secrets.ts`).
 *
 * @param options.forPeople lines instead of JSON; default: the output is a terminal
 * @param options.to default: standard output
 */
export function createLog(options: { level: LogLevel; forPeople?: boolean; to?: DestinationStream }): Log {
  const { level, to = process.stdout, forPeople = process.stdout.isTTY } = options;
  const destination = forPeople ? { write: (json: string) => void to.write(toLine(json)) } : to;
  return pino(
    {
      level,
      // Containers and journals know the machine; the process id tells the workers apart.
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own redaction needs every path spelled out and stops at the depth it was given.
      formatters: { level: (label) => ({ level: label }), log: hideSecrets },
      // pino's own takes over every field of an error; what `log` leaves is described already.
      serializers: { err: (error: unknown) => hideSecrets({ err: error })["err"] },
    },
    destination,
  );
}
