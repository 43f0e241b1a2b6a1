import type { z } from "zod";
import type { directoryRequestRow, directoryRow } from "../contract/directories.ts";
import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countDirectories, mostFailed, selectDirectory, selectDirectoryPage } from "../db/sql/directory-list.ts";
import type { DirectoryListRow, TokenTimes } from "../db/sql/directory-list.ts";
import { countDirectoryRequests, selectRequestPage } from "../db/sql/directory-requests.ts";
import type { DirectoryRequestRow, RequestFilter } from "../db/sql/directory-requests.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { capped, requireDirectory } from "./find-owned.ts";
import { directoryRules } from "./policy.ts";
import { readSwitches } from "./read-switches.ts";

/** One page of directories by name. @throws access.denied request.cursorInvalid */
export async function listDirectories(
  work: Work,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<DirectoryListRow> & { total: number }> {
  allow(directoryRules, work.actor, "directory.read", null);
  return { ...(await selectDirectoryPage(work.tx, page, work.now)), total: await countDirectories(work.tx) };
}

/** One directory with its counts and tokens. @throws directory.missing access.denied */
export async function readDirectory(work: Work, id: string): Promise<DirectoryListRow> {
  allow(directoryRules, work.actor, "directory.read", null);
  const directory = isId(id) ? await selectDirectory(work.tx, id, work.now) : undefined;
  if (directory === undefined) throw failure("directory.missing");
  return directory;
}

/** What a directory asked lately, newest first. @throws directory.missing access.denied */
export async function listDirectoryRequests(
  work: Work,
  id: string,
  query: RequestFilter & { cursor?: string | undefined; limit: number },
): Promise<Page<DirectoryRequestRow> & { total: number; totalIsMore: boolean }> {
  await requireDirectory(work, id);
  const count = await countDirectoryRequests(work.tx, id, query, totalLimit);
  return { ...(await selectRequestPage(work.tx, id, query)), ...capped(count) };
}

/** A directory in the words of the contract. @param issuer the public origin */
export function presentDirectory(row: DirectoryListRow, issuer: string): z.infer<typeof directoryRow> {
  return {
    id: row.id,
    name: row.name,
    product: row.product,
    baseUrl: scimBaseUrl(issuer),
    isPaused: row.paused_at !== null,
    isLeaving: row.deleting_at !== null,
    rateLimit: row.rate_limit,
    adopt: row.adopt,
    ownPasswords: row.own_passwords,
    switches: readSwitches(row.switches),
    userCount: row.user_count,
    groupCount: row.group_count,
    lastRequestAt: row.last_request_at?.toISOString() ?? null,
    failedCount: Math.min(row.failed_count, mostFailed),
    failedIsMore: row.failed_count > mostFailed,
    createdAt: row.created_at.toISOString(),
    tokens: row.tokens.map((token) => ({ ...presentTimes(token), isOver: token.is_over })),
    client: row.client && {
      clientId: row.client.client_id,
      tokenUrl: tokenUrl(issuer),
      createdAt: new Date(row.client.created_at).toISOString(),
      credentials: row.client.credentials.map((one) => ({ ...presentTimes(one), kind: one.kind })),
    },
  };
}

function presentTimes(token: TokenTimes) {
  return {
    id: token.id,
    hint: token.hint,
    createdAt: new Date(token.created_at).toISOString(),
    expiresAt: token.expires_at === null ? null : new Date(token.expires_at).toISOString(),
    lastUsedAt: token.last_used_at === null ? null : new Date(token.last_used_at).toISOString(),
  };
}

/** A line of the request log in the words of the contract. */
export function presentRequest(row: DirectoryRequestRow): z.infer<typeof directoryRequestRow> {
  return {
    id: row.id,
    at: row.at.toISOString(),
    method: row.method,
    path: row.path,
    status: row.status,
    scimType: row.scim_type,
    detail: row.detail,
    coercions: row.coercions,
    durationMs: row.duration_ms,
    userAgent: row.user_agent,
    sent: row.sent,
    requestId: row.request_id,
  };
}

/** Where a directory sends its requests. The token says which directory it is. */
export function scimBaseUrl(issuer: string): string {
  return `${issuer}/scim/v2`;
}

/** Where the client of a directory gets its access tokens. */
export function tokenUrl(issuer: string): string {
  return `${issuer}/oauth/token`;
}
