import { stripVTControlCharacters } from "node:util";

const colours: Record<string, number> = { fatal: 35, error: 31, warn: 33, info: 32, debug: 36, trace: 90 };

/** One line for people from one JSON object of the log: time, level, message, fields; an error's stack below it. */
export function toLine(json: string): string {
  const { time, level, msg, pid: _, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const name = String(level);
  const head = `${String(time).slice(11, 19)} \x1b[${colours[name] ?? 0}m${name.padEnd(5)}\x1b[0m ${clean(msg ?? "")}`;
  const pairs = Object.entries(fields).map(([field, value]) => `\x1b[90m${field}=\x1b[0m${clean(value)}`);
  return `${[head, ...pairs].join(" ")}\n${stackOf(err)}`;
}

/** What is logged comes from outside too: it must not move the cursor or forge a line. */
function clean(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // oxlint-disable-next-line no-control-regex -- control characters are what this takes out
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}

function stackOf(err: unknown): string {
  if (typeof err !== "object" || err === null) return "";
  const text = "stack" in err ? err.stack : JSON.stringify(err);
  return `${String(text)
    .split("\n")
    .map((line) => `         ${clean(line)}`)
    .join("\n")}\n`;
}
