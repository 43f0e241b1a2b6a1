import type { z } from "zod";
import type { connectionRow } from "../contract/connections.ts";
import { failure } from "../contract/failure.ts";
import { countIdentities, selectConnection, selectConnections } from "../db/sql/connections.ts";
import type { ConnectionRow } from "../db/sql/connections.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { connectionRules } from "./policy.ts";

type Counted = ConnectionRow & { identity_count: number };

/** Where the upstream provider sends people back to, below the issuer. */
export const callbackPath = "/signin/sso/callback";

/** All connections by name. @throws access.denied */
export async function listConnections(work: Work): Promise<Counted[]> {
  allow(connectionRules, work.actor, "connection.read", null);
  return await selectConnections(work.tx);
}

/** One connection. @throws connection.missing access.denied */
export async function readConnection(work: Work, id: string): Promise<Counted> {
  allow(connectionRules, work.actor, "connection.read", null);
  const row = isId(id) ? await selectConnection(work.tx, id) : undefined;
  if (row === undefined) throw failure("connection.missing");
  return { ...row, identity_count: await countIdentities(work.tx, row.id) };
}

/** A connection in the words of the contract. @param issuer the own public origin */
export function presentConnection(row: Counted, issuer: string): z.infer<typeof connectionRow> {
  return {
    id: row.id,
    name: row.name,
    issuer: row.issuer,
    clientId: row.client_id,
    hasSecret: row.sealed_secret !== null,
    scopes: row.scopes,
    domains: row.domains,
    hasButton: row.has_button,
    match: row.match,
    createsUsers: row.creates_users,
    asksFactor: row.asks_factor,
    asksProtection: row.asks_protection,
    isPaused: row.is_paused,
    redirectUri: `${issuer}${callbackPath}`,
    backchannelLogoutUri: `${issuer}/signin/sso/${row.id}/logout`,
    identityCount: row.identity_count,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
