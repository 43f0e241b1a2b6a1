import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { allow } from "../permissions/rules.ts";
import { giveTo, takeFrom } from "./choose-holders.ts";
import type { Chosen } from "./choose-holders.ts";
import { appRules } from "./policy.ts";
import { lockOwnApp } from "./update-app.ts";

/**
 * Lets users and groups use an app (G4). It counts once the app is for chosen people only.
 *
 * @returns how many are new
 * @throws app.missing app.builtIn user.missing group.missing access.denied
 */
export async function assignApp(work: Work, appId: string, chosen: Chosen): Promise<number> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, appId);
  const subject = { kind: "app" as const, id: app.id, name: app.name };
  return await giveTo(work, { kind: "app", id: app.id }, chosen, { type: "app.assigned", subject });
}

/**
 * Takes the app away from a user or a group. Whoever may not use it any more finds its tokens dead with the commit; a
 * job deletes them and tells the app.
 *
 * @throws app.missing app.builtIn app.holderMissing access.denied
 */
export async function unassignApp(work: Work, appId: string, holderId: string): Promise<void> {
  allow(appRules, work.actor, "app.update", null);
  const app = await lockOwnApp(work, appId);
  const subject = { kind: "app" as const, id: app.id, name: app.name };
  await takeFrom(work, { kind: "app", id: app.id }, holderId, { type: "app.unassigned", subject });
  if (app.access === "chosen") addJob(work.tx, "access.end", { appId: app.id });
}
