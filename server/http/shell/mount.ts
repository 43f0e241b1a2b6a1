import type { Context, Middleware } from "koa";
import type { Actor } from "../../db/work.ts";
import type { House } from "../../house.ts";
import type { Oidc } from "../../oidc/open-oidc.ts";
import type { Metrics } from "./metrics.ts";

/** What the parts of the server share beside the house. */
export interface Shared {
  oidc: Oidc;
  metrics: Metrics;
  /** Who is signed in to the console in this request's browser; asked of the database each time. */
  identifyConsole(ctx: Context): Promise<Actor | undefined>;
  /** Ends the console session of this request's browser and the sign-in behind it. */
  endConsoleSession(ctx: Context): Promise<void>;
}

/**
 * A part of the server: answers its own addresses, given whole (`/api/v1/users`), and passes on all others.
 * Refusals are thrown as Failures; the shell answers them (see answer-failure.ts).
 */
export type Mount = (
  house: House,
  shared: Shared,
) => Middleware & {
  /** Writes what is left to be written, after the last request and before the database closes. */
  close?(): Promise<void>;
};

/** Whether a path is one of a mount: its root, or below it. */
export function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}
