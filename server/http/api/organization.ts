import type * as organization from "../../contract/organization.ts";
import { failure } from "../../contract/failure.ts";
import { allPermissions } from "../../contract/permissions.ts";
import { selectUser } from "../../db/sql/users.ts";
import { inWork } from "../../db/work.ts";
import type { Actor } from "../../db/work.ts";
import { readRoles } from "../../permissions/read-role.ts";
import type { Role } from "../../permissions/read-role.ts";
import { setRoleFactor } from "../../permissions/set-role-factor.ts";
import { definitions, isSettingKey } from "../../settings/definitions.ts";
import type { SettingKey } from "../../settings/definitions.ts";
import { readSetting, readSettings } from "../../settings/read-settings.ts";
import { setSetting } from "../../settings/set-setting.ts";
import { readOverview } from "../../users/read-overview.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof organization,
  "getMe" | "signOut" | "getOverview" | "listRoles" | "updateRole" | "listSettings" | "setSetting"
>;

export const organizationHandlers: Handlers<Operations> = {
  getMe: async ({ house, by: { actor } }) => {
    const user = actor.kind === "user" && actor.id !== null ? await selectUser(house.db, actor.id) : undefined;
    return {
      userId: user?.id ?? null,
      name: user?.display_name ?? actor.name,
      username: user?.username ?? null,
      role: user?.role_name ?? null,
      locale: user?.locale ?? null,
      timeZone: user?.time_zone ?? null,
      permissions: allPermissions.filter((permission) => actor.can(permission)),
      organization: await readSetting(house.db, "organization.name"),
      issuer: house.config.issuer,
      hasMailServer: house.config.smtpUrl !== undefined,
    };
  },

  signOut: async ({ endConsoleSession }) => {
    await endConsoleSession();
    return undefined;
  },

  getOverview: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const { figures, signIns } = await readOverview(work, query.days);
      return {
        accounts: figures.pending + figures.active + figures.blocked + figures.disabled,
        accountsThisWeek: figures.accounts_this_week,
        byStatus: {
          pending: figures.pending,
          active: figures.active,
          blocked: figures.blocked,
          disabled: figures.disabled,
        },
        monthlyActive: figures.monthly_active,
        onboarded: figures.onboarded,
        groups: figures.groups,
        apps: figures.apps,
        failedSignIns24h: figures.failed_sign_ins,
        signIns: signIns.map((day) => ({ day: day.day, signedIn: day.signed_in, failed: day.failed })),
        failureReasons: figures.failure_reasons,
        directories: figures.directories.map((directory) => ({
          id: directory.id,
          name: directory.name,
          isPaused: directory.is_paused,
          lastRequestAt: directory.last_request_at === null ? null : new Date(directory.last_request_at).toISOString(),
          failed24h: directory.failed,
        })),
        mails: { waiting: figures.mails_waiting, failed: figures.mails_failed, kept: figures.mails_kept },
      };
    }),

  listRoles: async ({ house, by }) => {
    const roles = await readRoles(house.db);
    return { items: roles.map((role) => presentRole(role, by.actor)) };
  },

  updateRole: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) =>
      presentRole(await setRoleFactor(work, params.id, body.factorPolicy), by.actor),
    ),

  listSettings: async ({ house }) => {
    const settings = await readSettings(house.db);
    return { items: (Object.keys(definitions) as SettingKey[]).map((key) => presentSetting(key, settings[key])) };
  },

  setSetting: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => {
      const value = await setSetting(work, params.key, body.value);
      if (!isSettingKey(params.key)) throw failure("setting.missing", { field: "key" });
      return presentSetting(params.key, value);
    }),
};

function presentRole(role: Role, viewer: Actor) {
  return { ...role, mayGrant: role.permissions.every((permission) => viewer.can(permission)) };
}

function presentSetting(key: SettingKey, value: boolean | number | string) {
  const { group, summary, default: standard } = definitions[key];
  return { key, value, default: standard, summary, group };
}
