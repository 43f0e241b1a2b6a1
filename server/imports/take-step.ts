import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { ImportAction, ImportState } from "../contract/imports.ts";
import { deleteChunks, lockImport, saveImport, selectImport } from "../db/sql/imports.ts";
import type { ImportRow } from "../db/sql/imports.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { isId } from "../kernel/ids.ts";
import type { ImportId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { importRules } from "./policy.ts";

/** One import at a time is checked, carried out or undone: they would only wait for each other. */
const queue = "imports";
const maxAttempts = 25;

interface Step {
  from: readonly ImportState[];
  to: ImportState;
  job?: "import.check" | "import.apply" | "import.undo";
  event?: string;
}

const steps: Readonly<Record<ImportAction, Step>> = {
  check: { from: ["matching", "ready"], to: "checking", job: "import.check" },
  confirm: { from: ["ready"], to: "applying", job: "import.apply", event: "import.started" },
  pause: { from: ["applying"], to: "paused", event: "import.paused" },
  resume: { from: ["paused"], to: "applying", job: "import.apply", event: "import.resumed" },
  cancel: {
    from: ["matching", "checking", "ready", "applying", "paused", "failed"],
    to: "cancelled",
    event: "import.cancelled",
  },
  undo: { from: ["done", "cancelled"], to: "undoing", job: "import.undo", event: "import.undoStarted" },
};

/**
 * Takes an import a step further. Each step is taken from the states where it makes sense and no others, so of two who
 * click at once one is told that the other was first.
 *
 * @param options.isDoneHere the caller does what a job would do
 * @throws import.missing import.wrongState import.keyMissing import.nothingToDo access.denied
 */
export async function takeStep(
  work: Work,
  id: string,
  action: ImportAction,
  options: { sendActivation?: boolean | undefined; isDoneHere?: boolean } = {},
): Promise<void> {
  const one = await requireLockedImport(work, id);
  const { from, to, job, event } = steps[action];
  if (!from.includes(one.state) || (action === "undo" && !canUndo(one))) throw failure("import.wrongState");
  if (action === "check" && !hasKey(one)) throw failure("import.keyMissing");
  if (action === "confirm" && countPlanned(one) === 0) throw failure("import.nothingToDo");
  // From here on it is done in the name of whoever said so last.
  const { kind, id: by, name } = work.actor;
  const confirmer = { confirmed_by_kind: kind, confirmed_by_id: by, confirmed_by_name: name };
  await saveImport(
    work.tx,
    one.id,
    {
      state: to,
      failure: null,
      ...(job !== undefined && action !== "check" ? confirmer : {}),
      ...(action === "confirm" ? { confirmed_at: work.now, send_activation: options.sendActivation ?? null } : {}),
      ...(action === "cancel" ? { finished_at: work.now } : {}),
    },
    work.now,
  );
  if (action === "cancel") await deleteChunks(work.tx, one.id);
  if (event !== undefined) {
    const rows = { add: one.add_count, update: one.update_count, delete: one.delete_count };
    const details = action === "confirm" ? rows : action === "cancel" ? { done: one.done_count } : {};
    record(work, { type: event, subject: { kind: "import", id: one.id, name: one.name }, details });
  }
  if (job !== undefined && options.isDoneHere !== true)
    addJob(work.tx, job, { importId: one.id }, { queue, maxAttempts, key: `${job}:${one.id}` });
}

/** @throws import.missing access.denied */
export async function requireImport(work: Work, id: string): Promise<ImportRow> {
  allow(importRules, work.actor, "import.read", null);
  const one = isId(id) ? await selectImport(work.tx, id) : undefined;
  if (one === undefined) throw failure("import.missing");
  return one;
}

/** The same, locked for a change. @throws import.missing access.denied */
export async function requireLockedImport(work: Work, id: string): Promise<ImportRow & { id: ImportId }> {
  allow(importRules, work.actor, "import.change", null);
  const one = isId(id) ? await lockImport(work.tx, id) : undefined;
  if (one === undefined) throw failure("import.missing");
  return one;
}

/** Whether there is something that could be taken back. */
export function canUndo(one: ImportRow): boolean {
  return (one.state === "done" || one.state === "cancelled") && one.done_count > one.undone_count + one.kept_count;
}

function hasKey(one: ImportRow): boolean {
  return one.columns.some(({ column }) => column === "id" || column === "username" || column === "email");
}

function countPlanned(one: ImportRow): number {
  return one.add_count + one.update_count + one.delete_count;
}
