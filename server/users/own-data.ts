import { visibleToUser } from "../attributes/attribute-set.ts";
import type { AttributeSet } from "../attributes/attribute-set.ts";
import { fieldOf, valuesOf } from "../attributes/custom-values.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import { selectOwnEventPage } from "../db/sql/event-list.ts";
import { selectUsedApps } from "../db/sql/app-list.ts";
import { selectIdentities } from "../db/sql/connections.ts";
import { selectDevices } from "../db/sql/devices.ts";
import { selectOrigins } from "../db/sql/known-origins.ts";
import { selectSessions } from "../db/sql/sessions.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { readUser } from "./read-user.ts";

const eventsAtATime = 200;
/** A bound on one file; whoever has more asks an administrator for the log. */
const mostEvents = 5000;

/**
 * Everything that is kept about a person, for themselves (S8; Article 20 of the GDPR). Secrets are not data about
 * somebody: of passwords, factors and tokens it says that they are there, and since when.
 *
 * @throws user.missing access.denied
 */
export async function collectOwnData(work: Work, userId: UserId): Promise<Record<string, unknown>> {
  const { user, extras } = await readUser(work, userId);
  const visible = visibleToUser(await readAttributes(work.tx));
  const sessions = await selectSessions(work.tx, userId, work.now);
  const devices = await selectDevices(work.tx, userId, work.now);
  const identities = await selectIdentities(work.tx, userId);
  return {
    exportedAt: work.now,
    account: {
      id: user.id,
      username: user.username,
      displayName: user.display_name,
      givenName: user.given_name,
      familyName: user.family_name,
      email: user.email,
      status: user.status,
      role: user.role_name,
      locale: user.locale,
      timeZone: user.time_zone,
      marketingConsent: user.marketing_consent,
      protection: user.protection,
      directory: extras.directory?.name ?? null,
      externalId: user.external_id,
      attributes: user.resource,
      organizationAttributes: valuesOf(visible, user.custom),
      createdAt: user.created_at,
      updatedAt: user.updated_at,
      signInCount: user.sign_in_count,
      lastActiveAt: user.last_active_at,
      lastAddress: user.last_address,
    },
    groups: extras.groups.map((group) => group.name),
    password: extras.password_set_at === null ? null : { setAt: extras.password_set_at },
    factors: extras.factors,
    recoveryCodesLeft: extras.recovery_codes_left,
    identities: identities.map((one) => ({
      connection: one.connection_name,
      subject: one.subject,
      linkedAt: one.created_at,
      lastUsedAt: one.last_used_at,
    })),
    apps: (await selectUsedApps(work.tx, userId)).map((app) => ({
      name: app.name,
      scopes: app.scopes,
      firstUsedAt: app.first_at,
      lastUsedAt: app.last_at,
    })),
    devices: devices.map((device) => ({
      name: device.name,
      firstSeenAt: device.first_seen_at,
      lastSeenAt: device.last_seen_at,
      address: device.address,
      trustedUntil: device.trusted_until,
    })),
    knownFrom: (await selectOrigins(work.tx, userId)).map((origin) => ({
      [origin.kind]: origin.key,
      firstSeenAt: origin.first_seen_at,
      lastSeenAt: origin.last_seen_at,
    })),
    sessions: sessions.map((session) => ({
      startedAt: session.started_at,
      lastActiveAt: session.last_active_at,
      address: session.address,
      userAgent: session.user_agent,
    })),
    events: await collectEvents(work, userId, visible),
  };
}

async function collectEvents(work: Work, userId: UserId, visible: AttributeSet): Promise<unknown[]> {
  const shown = new Set(visible.list.map(({ row }) => fieldOf(row.name)));
  const events: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await selectOwnEventPage(work.tx, userId, {
      ...(cursor === undefined ? {} : { cursor }),
      limit: eventsAtATime,
    });
    for (const row of page.rows) {
      // Where others acted from is their own.
      const isOwn = row.actor_kind === "stranger" || (row.actor_kind === "user" && row.actor_id === userId);
      events.push({
        at: row.at,
        type: row.type,
        outcome: row.outcome,
        by: isOwn ? "self" : row.actor_kind,
        app: row.app_name,
        changes: withoutHidden(row.changes, shown),
        ...(isOwn ? { address: row.address, userAgent: row.user_agent } : {}),
      });
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && events.length < mostEvents);
  return events;
}

/** Values of attributes that the organization does not show to its users stay out of what it tells them of changes. */
function withoutHidden(changes: unknown, shown: ReadonlySet<string>): unknown {
  if (typeof changes !== "object" || changes === null) return changes;
  return Object.fromEntries(
    Object.entries(changes).filter(([field]) => !field.startsWith(fieldOf("")) || shown.has(field)),
  );
}
