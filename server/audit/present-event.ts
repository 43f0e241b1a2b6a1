import type { z } from "zod";
import type { eventRow } from "../contract/records.ts";
import type { place } from "../contract/shapes.ts";
import type { EventListRow } from "../db/sql/event-list.ts";

/**
 * An event in the words of the contract.
 *
 * @param show.address   how an address is shown to this viewer
 * @param show.place     where an address is
 * @param show.browser   the name of a browser
 */
export function presentEvent(
  row: EventListRow,
  show: {
    address(address: string | null): string | null;
    place(address: string | null): z.infer<typeof place> | null;
    browser(userAgent: string | null): string | null;
  },
): z.infer<typeof eventRow> {
  return {
    id: row.id,
    at: row.at.toISOString(),
    type: row.type,
    outcome: row.outcome,
    reason: row.reason,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name, isDeleted: row.actor_is_deleted },
    subject:
      row.subject_kind === null || row.subject_id === null
        ? null
        : { kind: row.subject_kind, id: row.subject_id, name: row.subject_name, isDeleted: row.subject_is_deleted },
    app: row.app_id === null || row.app_name === null ? null : { id: row.app_id, name: row.app_name },
    changes: row.changes,
    details: row.details,
    address: show.address(row.address),
    place: show.place(row.address),
    browser: show.browser(row.user_agent),
    requestId: row.request_id,
  };
}
