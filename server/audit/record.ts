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
    kind:
      | "user"
      | "group"
      | "app"
      | "directory"
      | "connection"
      | "role"
      | "token"
      | "setting"
      | "mail"
      | "mailTemplate"
      | "key"
      | "resource"
      | "attribute"
      | "import"
      | "bulk"
      | "export";
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
export function record(work: Work, happening: Happening): EventId {
  const id = newId<EventId>(work.now);
  const { actor } = work;
  work.tx.later.events.push({
    id,
    at: work.now,
    type: happening.type,
    outcome: happening.outcome ?? "success",
    reason: happening.reason ?? null,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    subject_kind: happening.subject?.kind ?? null,
    subject_id: happening.subject?.id ?? null,
    subject_name: happening.subject?.name ?? null,
    app_id: happening.appId ?? null,
    changes: happening.changes ?? null,
    details: work.partOf === undefined ? (happening.details ?? null) : { ...happening.details, ...work.partOf },
    address: actor.address ?? null,
    user_agent: actor.userAgent ?? null,
    request_id: work.requestId,
  });
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
