import { newId } from "../kernel/ids.ts";
import type { EventId } from "../kernel/ids.ts";
import type { Work } from "../db/work.ts";

/** From what to what, by field. */
export type Changes = Record<string, { from: unknown; to: unknown }>;

export interface Happening {
  /** Noun and past participle: `user.created`. */
  type: string;
  outcome?: "success" | "failure";
  /** Why it failed: a failure code. */
  reason?: string;
  subject?: {
    kind: "user" | "group" | "app" | "directory" | "role" | "token" | "setting" | "mail" | "key";
    id: string;
    name: string | null;
  };
  appId?: string;
  changes?: Changes;
  details?: Record<string, unknown>;
}

/**
 * Adds a line to the audit log, in the transaction of the change itself (L1).
 * Callers pass no secret: passwords, tokens and codes are never among changes or details.
 */
export async function record(work: Work, happening: Happening): Promise<EventId> {
  const id = newId<EventId>(work.now);
  const { actor } = work;
  await work.tx.run(
    `insert into events (id, at, type, outcome, reason, actor_kind, actor_id, actor_name, subject_kind, subject_id,
       subject_name, app_id, changes, details, address, user_agent, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      id,
      work.now,
      happening.type,
      happening.outcome ?? "success",
      happening.reason ?? null,
      actor.kind,
      actor.id,
      actor.name,
      happening.subject?.kind ?? null,
      happening.subject?.id ?? null,
      happening.subject?.name ?? null,
      happening.appId ?? null,
      happening.changes === undefined ? null : JSON.stringify(happening.changes),
      happening.details === undefined ? null : JSON.stringify(happening.details),
      actor.address ?? null,
      actor.userAgent ?? null,
      work.requestId,
    ],
  );
  return id;
}

/**
 * The fields that differ between two states.
 *
 * @returns undefined when none does
 */
export function changesBetween(before: Record<string, unknown>, after: Record<string, unknown>): Changes | undefined {
  const changes: Changes = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[field] ?? null, after[field] ?? null];
    if (canonical(from) !== canonical(to)) changes[field] = { from, to };
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** One text for equal values: PostgreSQL's jsonb does not keep the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item) && !(item instanceof Date)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
