import { record } from "../audit/record.ts";
import { configOf, redeemUpstream, upstreamAddress } from "../connections/upstream.ts";
import type { UpstreamChecks } from "../connections/upstream.ts";
import { findAccount } from "../connections/find-account.ts";
import { Failure, failure } from "../contract/failure.ts";
import { insertUpstreamAttempt, selectConnection, takeUpstreamAttempt } from "../db/sql/connections.ts";
import type { ConnectionRow } from "../db/sql/connections.ts";
import type { UserRow } from "../db/sql/users.ts";
import { inWork } from "../db/work.ts";
import type { House } from "../house.ts";
import { isId } from "../kernel/ids.ts";
import type { AppId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";

interface From {
  app?: { id: AppId; name: string };
  requestId: string;
  address?: string;
  userAgent?: string;
}

/** A sign-in that went upstream and came back. */
export interface FromUpstream {
  /** The sign-in here that it belongs to. */
  uid: string;
  connection: ConnectionRow;
}

/** Somebody is known to the upstream provider, and has an account here. */
export interface UpstreamSignedIn {
  user: UserRow;
  subject: string;
  sid: string | null;
}

const purpose = "upstream sign-in";
const minutes = 15;

/**
 * Begins a sign-in upstream (S5).
 *
 * @param given.browser digest of the browser's name; the answer counts in this browser alone
 * @returns where to send the browser
 * @throws connection.missing connection.paused signin.upstreamFailed
 */
export async function beginUpstream(
  house: House,
  given: {
    uid: string;
    connectionId: string;
    browser: string;
    loginHint?: string | undefined;
    isFresh: boolean;
    uiLocales: readonly string[];
  },
): Promise<{ url: URL; connection: ConnectionRow }> {
  const connection = isId(given.connectionId) ? await selectConnection(house.db, given.connectionId) : undefined;
  if (connection === undefined) throw failure("connection.missing");
  if (connection.is_paused) throw failure("connection.paused");
  const { url, checks } = await upstreamAddress(house, connection, given);
  await insertUpstreamAttempt(house.db, {
    id: hashSecret(checks.state),
    connectionId: connection.id,
    browser: given.browser,
    sealed: house.keyring.seal(purpose, JSON.stringify({ uid: given.uid, checks })),
    expiresAt: new Date(house.now().getTime() + minutes * 60_000),
  });
  return { url, connection };
}

/**
 * Takes what somebody comes back with. The state is used up whatever comes of it, and counts only in the browser that
 * it was given to: an answer that somebody else was lured to follow signs nobody in (OpenID Connect Core §3.1.2.7,
 * CVE-2026-7507).
 *
 * @returns undefined when it is unknown, used, too old, or another browser's
 */
export async function takeUpstream(
  house: House,
  given: { state: string; browser: string },
): Promise<(FromUpstream & { checks: UpstreamChecks }) | undefined> {
  const taken = await takeUpstreamAttempt(house.db, hashSecret(given.state), given.browser, house.now());
  const connection = taken === undefined ? undefined : await selectConnection(house.db, taken.connection_id);
  if (taken === undefined || connection === undefined) return undefined;
  const { uid, checks } = JSON.parse(house.keyring.open(purpose, taken.sealed)) as {
    uid: string;
    checks: UpstreamChecks;
  };
  return { uid, connection, checks };
}

/**
 * Signs in whom the upstream provider vouches for. Whoever is refused is in the log with the reason.
 *
 * @param query of the address that the browser came back to
 * @throws signin.upstreamFailed signin.unlinked signin.ssoOff signin.disabled signin.blocked connection.paused user.*
 */
export async function signInUpstream(
  house: House,
  taken: FromUpstream & { checks: UpstreamChecks },
  query: string,
  from: From,
): Promise<UpstreamSignedIn> {
  const { connection } = taken;
  let found: UserRow | undefined;
  try {
    if (connection.is_paused) throw failure("connection.paused");
    const person = await redeemUpstream(house, connection, query, taken.checks);
    const user = await inWork(house, { actor: stranger(from), requestId: from.requestId }, async (work) => {
      found = await findAccount(work, connection, person);
      return found;
    });
    if (user.status === "disabled") throw failure("signin.disabled");
    // A blocked account may still look after itself on the own account pages.
    if (user.status === "blocked" && from.app !== undefined) throw failure("signin.blocked");
    return { user, subject: person.subject, sid: person.sid };
  } catch (error) {
    if (error instanceof Failure) await tell(house, connection, found, error, from);
    throw error;
  }
}

/** Whether the provider upstream has a page to sign out at, and where. @returns undefined when it has none or is away */
export async function upstreamSignOut(house: House, connection: ConnectionRow): Promise<URL | undefined> {
  try {
    const endpoint = (await configOf(house, connection)).serverMetadata().end_session_endpoint;
    const url = endpoint === undefined ? null : URL.parse(endpoint);
    url?.searchParams.set("client_id", connection.client_id);
    return url ?? undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

async function tell(
  house: House,
  connection: ConnectionRow,
  user: UserRow | undefined,
  error: Failure,
  from: From,
): Promise<void> {
  if (error.code === "signin.upstreamFailed") {
    house.log.warn({ err: error.cause, connection: connection.name }, "a sign-in upstream failed");
  }
  await inWork(house, { actor: stranger(from), requestId: from.requestId }, async (work) => {
    record(work, {
      type: "signin.failed",
      outcome: "failure",
      reason: error.code,
      ...(user === undefined ? {} : { subject: { kind: "user" as const, id: user.id, name: user.display_name } }),
      ...(from.app === undefined ? {} : { appId: from.app.id }),
      details: { connection: connection.name, app: from.app?.name ?? null },
    });
  });
}

function stranger(from: From) {
  const { address, userAgent } = from;
  return {
    kind: "stranger" as const,
    id: null,
    name: "",
    can: () => false,
    ...(address === undefined ? {} : { address }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}
