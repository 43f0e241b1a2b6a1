import type { Logger } from "pino";
import type { Permission } from "../contract/permissions.ts";
import { withoutTransaction } from "./connect.ts";
import type { Db, Tx } from "./connect.ts";
import { Later } from "./later.ts";
import type { Queryable } from "./queryable.ts";

/** Who acts. The event log names them; policies ask what they may. */
export interface Actor {
  /** operator: the command line; system: a job; stranger: somebody who has not signed in. */
  kind: "user" | "directory" | "token" | "operator" | "system" | "stranger";
  /** Id of the user, directory or API token; null for the others. */
  id: string | null;
  name: string;
  can(permission: Permission): boolean;
  /** Network address and browser of the request, where there is one. */
  address?: string;
  userAgent?: string;
}

/** What every command takes: one unit of work, in one transaction, by somebody, at a time. */
export interface Work {
  tx: Tx;
  actor: Actor;
  now: Date;
  log: Logger;
  requestId: string;
  /** What the work is a part of, where one act leads to many: every event names it. */
  partOf?: { import: string; importId: string };
}

/** Somebody who may do everything: the operator at the command line, or the house itself. */
export function trusted(kind: "operator" | "system", name: string): Actor {
  return { kind, id: null, name, can: () => true };
}

/** For whom a unit of work is done. */
export interface By {
  actor: Actor;
  requestId: string;
  /** What the request itself must change in the same transaction, whatever the work does. */
  beforeCommit?: (tx: Queryable) => Promise<void>;
}

/** What a unit of work begins with. A House has it; its room is to the right of this one. */
interface Beginning {
  db: Db;
  log: Logger;
  now(): Date;
}

/**
 * Runs `act` as a unit of work that changes the database with one statement at its end, and so needs no transaction
 * around it: what it collects in `tx.later` is there afterwards as a whole, or not at all.
 */
export async function inOneStatement<Result>(
  house: Beginning,
  by: { actor: Actor; requestId: string },
  act: (work: Work) => Promise<Result>,
): Promise<Result> {
  const { rows, row, run, models } = house.db;
  const later = new Later();
  const tx: Tx = Object.assign(withoutTransaction(models), { rows, row, run, later });
  const result = await act(workOf(house, by, tx));
  await later.write(house.db);
  return result;
}

/** Runs `act` as one unit of work: its changes, events and jobs are all there afterwards, or none. */
export async function inWork<Result>(house: Beginning, by: By, act: (work: Work) => Promise<Result>): Promise<Result> {
  return await house.db.inTransaction(async (tx) => {
    const result = await act(workOf(house, by, tx));
    await by.beforeCommit?.(tx);
    return result;
  });
}

/** The same for commands that use no models, on hot paths. */
export async function inSqlWork<Result>(
  house: Beginning,
  by: { actor: Actor; requestId: string },
  act: (work: Work) => Promise<Result>,
): Promise<Result> {
  return await house.db.inSqlTransaction(async (tx) => await act(workOf(house, by, tx)));
}

function workOf(house: Beginning, { actor, requestId }: { actor: Actor; requestId: string }, tx: Tx): Work {
  return { tx, actor, now: house.now(), log: house.log.child({ requestId }), requestId };
}
