import type { z } from "zod";
import type { candidate, holder } from "../contract/app-access.ts";
import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import { selectEntitlement } from "../db/sql/entitlements.ts";
import { countHolders, selectCandidates, selectHolderPage } from "../db/sql/holders.ts";
import type { CandidateRow, Held, HolderRow } from "../db/sql/holders.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { readApp } from "./update-app.ts";

/** What somebody asks about: who may use an app, or who holds one of its entitlements. */
export interface HeldOf {
  appId: string;
  entitlementId?: string | undefined;
}

interface Asked {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/**
 * One page of the users and groups that were chosen, by name.
 *
 * @throws app.missing entitlement.missing access.denied request.cursorInvalid
 */
export async function listHolders(
  work: Work,
  of: HeldOf,
  asked: Asked,
): Promise<Page<HolderRow> & { total: number; totalIsMore: boolean }> {
  const held = await readHeld(work, of);
  const count = await countHolders(work.tx, held, asked.q, totalLimit);
  return {
    ...(await selectHolderPage(work.tx, held, asked)),
    total: Math.min(count, totalLimit),
    totalIsMore: count > totalLimit,
  };
}

/**
 * Users and groups that could be chosen, by part of their name.
 *
 * @throws app.missing entitlement.missing access.denied
 */
export async function findCandidates(work: Work, of: HeldOf, q: string): Promise<CandidateRow[]> {
  return await selectCandidates(work.tx, await readHeld(work, of), q, mostOfAKind);
}

const mostOfAKind = 8;

async function readHeld(work: Work, { appId, entitlementId }: HeldOf): Promise<Held> {
  const app = await readApp(work, appId);
  if (entitlementId === undefined) return { kind: "app", id: app.id };
  const entitlement = isId(entitlementId) ? await selectEntitlement(work.tx, app.id, entitlementId) : undefined;
  if (entitlement === undefined) throw failure("entitlement.missing");
  return { kind: "entitlement", id: entitlement.id };
}

/** A holder in the words of the contract. */
export function presentHolder(row: HolderRow): z.infer<typeof holder> {
  return {
    kind: row.kind,
    id: row.id,
    name: row.name,
    username: row.username,
    memberCount: row.member_count,
    createdAt: row.created_at.toISOString(),
  };
}

/** A candidate in the words of the contract. */
export function presentCandidate(row: CandidateRow): z.infer<typeof candidate> {
  return {
    kind: row.kind,
    id: row.id,
    name: row.name,
    username: row.username,
    memberCount: row.member_count,
    directory: row.directory,
    hasIt: row.has_it,
  };
}
