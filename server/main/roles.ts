import type { Connection } from "#server/db/connect.ts";

/** What a process is there for: to answer requests, or to work through jobs. */
export type Role = "server" | "worker";

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
