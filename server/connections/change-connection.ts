import { changesBetween, record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import * as rows from "../db/sql/connections.ts";
import type { ConnectionRow } from "../db/sql/connections.ts";
import { endSession } from "../sessions/end-sessions.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { isId, newId } from "../kernel/ids.ts";
import type { ConnectionId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { allow } from "../permissions/rules.ts";
import { checkDomains, checkName, checkScopes } from "./check-connection.ts";
import { connectionRules } from "./policy.ts";

/** What of a connection can be changed; what is left out stays. */
export interface ConnectionChange {
  name?: string;
  clientId?: string;
  /** Null: a public client, which has none. */
  clientSecret?: string | null;
  scopes?: string;
  domains?: readonly string[];
  hasButton?: boolean;
  match?: ConnectionRow["match"];
  createsUsers?: boolean;
  asksFactor?: boolean;
  asksProtection?: boolean;
  isPaused?: boolean;
}

const secretPurpose = "connection secret";
const mostConnections = 100;

/**
 * Creates a connection to an upstream provider (S5). That the issuer answers is found out before (see upstream.ts).
 *
 * @param wanted.issuer checked and answering
 * @throws connection.* access.denied
 */
export async function createConnection(
  work: Work,
  keyring: Keyring,
  wanted: ConnectionChange & { name: string; issuer: string; clientId: string },
): Promise<ConnectionId> {
  allow(connectionRules, work.actor, "connection.create", null);
  if ((await rows.selectConnections(work.tx)).length >= mostConnections) throw failure("connection.tooMany");
  const id = newId<ConnectionId>(work.now);
  const fresh: ConnectionRow = {
    id,
    name: "",
    issuer: wanted.issuer,
    client_id: "",
    sealed_secret: null,
    scopes: "openid email profile",
    domains: [],
    has_button: true,
    match: "none",
    creates_users: false,
    asks_factor: false,
    asks_protection: false,
    is_paused: false,
    created_at: work.now,
    updated_at: work.now,
  };
  const row = applied(fresh, wanted, keyring, work.now);
  await save(work, row);
  record(work, { type: "connection.created", subject: subjectOf(row), details: comparable(row) });
  return id;
}

/**
 * Changes a connection.
 *
 * @throws connection.* access.denied
 */
export async function updateConnection(
  work: Work,
  keyring: Keyring,
  id: string,
  change: ConnectionChange,
): Promise<void> {
  allow(connectionRules, work.actor, "connection.update", null);
  const before = await lock(work, id);
  const after = applied(before, change, keyring, work.now);
  const changes = changesBetween(comparable(before), comparable(after));
  const hasOtherSecret = change.clientSecret !== undefined;
  if (changes === undefined && !hasOtherSecret) return;
  await save(work, after);
  record(work, {
    type: "connection.updated",
    subject: subjectOf(after),
    ...(changes === undefined ? {} : { changes }),
    details: { hasOtherSecret },
  });
}

/**
 * Deletes a connection with its links. The sessions that began there end.
 *
 * @throws connection.missing access.denied
 */
export async function deleteConnection(work: Work, id: string): Promise<void> {
  allow(connectionRules, work.actor, "connection.delete", null);
  const connection = await lock(work, id);
  const sessions = await rows.selectUpstreamSessions(work.tx, { connectionId: connection.id });
  for (const session of sessions) {
    await endSession(work, session.user_id, session.id, "connectionDeleted");
  }
  await rows.deleteConnection(work.tx, connection.id);
  record(work, {
    type: "connection.deleted",
    subject: subjectOf(connection),
    details: { sessionsEnded: sessions.length },
  });
}

/** The secret that the own client has upstream; undefined for a public one. */
export function secretOf(keyring: Keyring, connection: ConnectionRow): string | undefined {
  return connection.sealed_secret === null ? undefined : keyring.open(secretPurpose, connection.sealed_secret);
}

async function lock(work: Work, id: string): Promise<ConnectionRow> {
  const row = isId(id) ? await rows.selectConnection(work.tx, id, "lock") : undefined;
  if (row === undefined) throw failure("connection.missing");
  return row;
}

async function save(work: Work, row: ConnectionRow): Promise<void> {
  try {
    await rows.putConnection(work.tx, row);
    await rows.putDomains(work.tx, row.id, row.domains);
  } catch (error) {
    const index = brokenUniqueIndex(error);
    if (index === "connections_name_key") throw failure("connection.nameTaken", { field: "name", cause: error });
    if (index === "connection_domains_pkey")
      throw failure("connection.domainTaken", { field: "domains", cause: error });
    throw error;
  }
}

function applied(before: ConnectionRow, change: ConnectionChange, keyring: Keyring, now: Date): ConnectionRow {
  const { clientSecret } = change;
  return {
    ...before,
    name: change.name === undefined ? before.name : checkName(change.name),
    client_id: change.clientId?.trim() ?? before.client_id,
    sealed_secret:
      clientSecret === undefined
        ? before.sealed_secret
        : clientSecret === null
          ? null
          : keyring.seal(secretPurpose, clientSecret),
    scopes: change.scopes === undefined ? before.scopes : checkScopes(change.scopes),
    domains: change.domains === undefined ? before.domains : checkDomains(change.domains),
    has_button: change.hasButton ?? before.has_button,
    match: change.match ?? before.match,
    creates_users: change.createsUsers ?? before.creates_users,
    asks_factor: change.asksFactor ?? before.asks_factor,
    asks_protection: change.asksProtection ?? before.asks_protection,
    is_paused: change.isPaused ?? before.is_paused,
    updated_at: now,
  };
}

function subjectOf(row: ConnectionRow) {
  return { kind: "connection" as const, id: row.id, name: row.name };
}

/** What the log may hold of a connection: everything but its secret. */
function comparable(row: ConnectionRow) {
  return {
    name: row.name,
    issuer: row.issuer,
    clientId: row.client_id,
    scopes: row.scopes,
    domains: row.domains,
    hasButton: row.has_button,
    match: row.match,
    createsUsers: row.creates_users,
    asksFactor: row.asks_factor,
    asksProtection: row.asks_protection,
    isPaused: row.is_paused,
  };
}
