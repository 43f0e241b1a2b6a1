import type { Connection } from "#server/db/connect.ts";

/** What a process is there for: to answer requests, or to work through jobs. */
export type Role = "server" | "worker";

/**
 * What Node is told when it begins one. A job of a million rows drops all that it reads: with a small nursery for what
 * is young, it takes 94 MiB for that instead of 184, and no longer.
 */
export const argumentsOf: Readonly<Record<Role, readonly string[]>> = {
  server: [],
  worker: ["--max-semi-space-size=4"],
};

/** What the supervisor tells a process. */
export type Order =
  | {
      type: "open";
      connection: Connection;
      /** One process of a start sees to the first administrator. */
      isFirst: boolean;
    }
  | { type: "stop" };

/** What a process tells the supervisor. */
export type Report =
  /** It hears orders from now on; an order that comes earlier is lost. */
  | { type: "up" }
  | { type: "ready"; setupLink: string | undefined }
  /** It cannot do its work; the message is for the person who started it. */
  | { type: "refused"; message: string };

export function isRole(text: unknown): text is Role {
  return text === "server" || text === "worker";
}
