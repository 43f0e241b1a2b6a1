import { readValues, withValues } from "../../attributes/custom-values.ts";
import { readAttributes } from "../../attributes/read-attributes.ts";
import { userActs } from "../../bulk/user-acts.ts";
import { failure } from "../../contract/failure.ts";
import type * as users from "../../contract/users.ts";
import { inWork } from "../../db/work.ts";
import { listDevices } from "../../devices/list-devices.ts";
import { presentDevice } from "../../devices/present-device.ts";
import { presentSession } from "../../devices/present-session.ts";
import { removeDevice } from "../../devices/remove-device.ts";
import type { Work } from "../../db/work.ts";
import { chooseDefault } from "../../factors/remove-factors.ts";
import { addJob } from "../../jobs/add-job.ts";
import type { RoleId, UserId } from "../../kernel/ids.ts";
import { inviteUser } from "../../onboarding/invite-user.ts";
import { expirePassword } from "../../passwords/expire-password.ts";
import { acceptHash, preparePassword, setPassword } from "../../passwords/set-password.ts";
import { allow } from "../../permissions/rules.ts";
import { endSession, endSessions } from "../../sessions/end-sessions.ts";
import { listSessions } from "../../sessions/list-sessions.ts";
import { readSettings } from "../../settings/read-settings.ts";
import { createUser } from "../../users/create-user.ts";
import { deleteUser } from "../../users/delete-user.ts";
import { withPrimary } from "../../users/emails.ts";
import { countUsers, findUsers } from "../../users/find-users.ts";
import { userRules } from "../../users/policy.ts";
import { presentUser, presentUserRow } from "../../users/present-user.ts";
import { readUser } from "../../users/read-user.ts";
import { requireLockedUser, targetOf, updateUser } from "../../users/update-user.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof users,
  | "listUsers"
  | "countUsers"
  | "createUser"
  | "getUser"
  | "updateUser"
  | "actOnUser"
  | "setTemporaryPassword"
  | "setPasswordExpiry"
  | "deleteUser"
  | "listUserSessions"
  | "endUserSession"
  | "listUserDevices"
  | "removeUserDevice"
>;

export const userHandlers: Handlers<Operations> = {
  listUsers: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findUsers(work, query);
      return { ...found, items: found.rows.map((row) => presentUserRow(row, by.actor, row.attributes)) };
    }),

  countUsers: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => ({ count: await countUsers(work, query) })),

  createUser: async ({ house, by, body }) => {
    if (body.password === undefined && body.passwordHash === undefined && body.email == null)
      throw failure("user.passwordOrEmailNeeded", { field: "email" });
    const accepted = body.passwordHash === undefined ? undefined : acceptHash(body.passwordHash);
    // Hashing is slow, so it happens before the transaction opens.
    const password =
      body.password === undefined
        ? accepted
        : await preparePassword(house.db, body.password, {
            username: body.username,
            display_name: body.displayName,
            given_name: body.givenName ?? null,
            family_name: body.familyName ?? null,
            email: body.email ?? null,
          });
    return await inWork(house, by, async (work) => {
      const attributes = await readAttributes(work.tx);
      const id = await createUser(work, {
        ...given({
          givenName: body.givenName,
          familyName: body.familyName,
          locale: body.locale,
          timeZone: body.timeZone,
          marketingConsent: body.marketingConsent,
          protection: body.protection,
          roleId: body.roleId as RoleId | undefined,
        }),
        username: body.username,
        displayName: body.displayName,
        resource: withPrimary(withPrimary({}, "emails", body.email ?? null), "phoneNumbers", body.phone ?? null),
        custom: withValues(attributes, {}, readValues(attributes, body.attributes ?? {})),
      });
      if (password !== undefined) {
        // A password that is taken over is the person's own.
        const isTemporary = body.passwordIsTemporary ?? accepted === undefined;
        await setPassword(work, id, password, { isTemporary, event: "user.passwordSet" });
      } else if (body.sendActivation ?? (await readSettings(work.tx))["onboarding.mailOnCreate"]) {
        await inviteUser(work, id);
      }
      return await presented(work, id);
    });
  },

  getUser: async ({ house, by, params }) => await inWork(house, by, async (work) => await presented(work, params.id)),

  updateUser: async ({ house, by, params, body, requireVersion }) =>
    await inWork(house, by, async (work) => {
      const attributes = await readAttributes(work.tx);
      const values = readValues(attributes, body.attributes ?? {});
      await updateUser(work, params.id as UserId, (user) => {
        requireVersion(user);
        return {
          ...given({
            username: body.username,
            displayName: body.displayName,
            givenName: body.givenName,
            familyName: body.familyName,
            locale: body.locale,
            timeZone: body.timeZone,
            marketingConsent: body.marketingConsent,
            roleId: body.roleId as RoleId | undefined,
            deviceLimit: body.deviceLimit,
            factorRule: body.factorRule,
            protection: body.protection,
            allowsSso: body.allowsSso,
          }),
          resource: withContacts(user.resource, body),
          ...(body.attributes === undefined ? {} : { custom: withValues(attributes, user.custom, values) }),
        };
      });
      if (body.defaultFactor !== undefined) await chooseDefault(work, params.id as UserId, body.defaultFactor);
      return await presented(work, params.id);
    }),

  actOnUser: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      await userActs[body.action](work, params.id as UserId);
      return await presented(work, params.id);
    }),

  setTemporaryPassword: async ({ house, by, params, body }) => {
    const { user } = await inWork(house, by, async (work) => {
      const found = await readUser(work, params.id);
      // Before the history is asked: its answer tells whether a password was guessed.
      allow(userRules, work.actor, "user.setPassword", targetOf(found.user), "password");
      return found;
    });
    const password = await preparePassword(house.db, body.password, user);
    return await inWork(house, by, async (work) => {
      await setPassword(work, user.id, password, { isTemporary: true, event: "user.passwordSet" });
      await endSessions(work, user.id, "passwordChanged");
      addJob(work.tx, "password.tellChanged", { userId: user.id, by: "administrator" });
      return await presented(work, user.id);
    });
  },

  setPasswordExpiry: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      await expirePassword(work, params.id as UserId, body.expiresAt === null ? null : new Date(body.expiresAt));
      return await presented(work, params.id);
    }),

  deleteUser: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await deleteUser(work, params.id as UserId)).then(() => undefined),

  listUserSessions: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const { user } = await readUser(work, params.id);
      const sessions = await listSessions(work, user.id);
      return {
        items: sessions.map((session) => presentSession(session, by.actor, house.places)),
      };
    }),

  endUserSession: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const user = await requireLockedUser(work, params.id as UserId);
      allow(userRules, by.actor, "user.endSessions", targetOf(user));
      await endSession(work, user.id, params.sessionId, "administrator");
      return undefined;
    }),

  listUserDevices: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const { devices, limit, defaultLimit } = await listDevices(work, params.id as UserId);
      return {
        limit: limit === Infinity ? 0 : limit,
        defaultLimit,
        items: devices.map((device) => presentDevice(device, by.actor, house.places, work.now)),
      };
    }),

  removeUserDevice: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await removeDevice(work, params.id as UserId, params.deviceId);
      return undefined;
    }),
};

async function presented(work: Work, id: string) {
  const { user, extras } = await readUser(work, id);
  return presentUser(user, extras, work.actor);
}

/** The SCIM attributes with the primary email and phone of an edit; what was not sent stays. */
function withContacts(
  resource: Record<string, unknown>,
  body: { email?: string | null | undefined; phone?: string | null | undefined },
): Record<string, unknown> {
  const withEmail = body.email === undefined ? resource : withPrimary(resource, "emails", body.email);
  return body.phone === undefined ? withEmail : withPrimary(withEmail, "phoneNumbers", body.phone);
}
