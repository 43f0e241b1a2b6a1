import { failure } from "../contract/failure.ts";
import { deleteUserViewRow, selectUserViews, upsertUserView } from "../db/sql/user-views.ts";
import type { UserViewRow } from "../db/sql/user-views.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";

/** More than fit into a line of tabs. */
const most = 30;

/** The views of the user list that the actor keeps (U2). An API token keeps none. @throws access.denied */
export async function findUserViews(work: Work): Promise<UserViewRow[]> {
  const owner = ownerIn(work);
  return owner === undefined ? [] : await selectUserViews(work.tx, owner);
}

/**
 * Keeps a view; one of the same name is replaced. What somebody looks at is no event.
 *
 * @throws view.nameMissing view.tooMany view.noOwner access.denied
 */
export async function saveUserView(work: Work, view: { name: string; query: string }): Promise<UserViewRow> {
  const owner = ownerIn(work);
  if (owner === undefined) throw failure("view.noOwner");
  const name = view.name.trim();
  if (name === "") throw failure("view.nameMissing", { field: "name" });
  const kept = await selectUserViews(work.tx, owner);
  const isThere = kept.some((one) => one.name.toLowerCase() === name.toLowerCase());
  if (!isThere && kept.length >= most) throw failure("view.tooMany", { field: "name", data: { most } });
  return await upsertUserView(work.tx, owner, {
    id: newId(work.now),
    name,
    query: view.query,
    created_at: work.now,
  });
}

/** Forgets an own view. @throws view.missing access.denied */
export async function deleteUserView(work: Work, id: string): Promise<void> {
  const owner = ownerIn(work);
  if (owner === undefined || !(await deleteUserViewRow(work.tx, owner, id))) throw failure("view.missing");
}

function ownerIn(work: Work): string | undefined {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  return work.actor.kind === "user" && work.actor.id !== null ? work.actor.id : undefined;
}
