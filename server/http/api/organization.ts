import type * as organization from "../../contract/organization.ts";
import { failure } from "../../contract/failure.ts";
import { allPermissions } from "../../contract/permissions.ts";
import { selectUser } from "../../db/sql/users.ts";
import { inWork } from "../../db/work.ts";
import { definitions, isSettingKey } from "../../settings/definitions.ts";
import type { SettingKey } from "../../settings/definitions.ts";
import { readSetting, readSettings } from "../../settings/read-settings.ts";
import { setSetting } from "../../settings/set-setting.ts";
import { accountsOf, readOverview } from "../../users/read-overview.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof organization, "getMe" | "signOut" | "getOverview" | "listSettings" | "setSetting">;

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
      const { counts, countedAt, figures, signIns } = await readOverview(work, query.days);
      const { pending, active, blocked, disabled } = counts;
      return {
        accounts: accountsOf(counts),
        accountsThisWeek: counts.accounts_this_week,
        byStatus: { pending, active, blocked, disabled },
        onboarded: counts.onboarded,
        groups: counts.groups,
        factors: counts.factors,
        countedAt: countedAt?.toISOString() ?? null,
        monthlyActive: figures.monthly_active,
        months: figures.months,
        apps: figures.apps,
        failedSignIns24h: figures.failure_reasons.reduce((sum, { count }) => sum + count, 0),
        signIns: signIns.map((day) => ({ day: day.day, signedIn: day.signed_in, failed: day.failed })),
        failureReasons: figures.failure_reasons,
        directories: figures.directories.map((directory) => ({
          id: directory.id,
          name: directory.name,
          isPaused: directory.is_paused,
          lastRequestAt: isoOf(directory.last_request_at),
          failed24h: directory.failed,
          tokenEndsAt: isoOf(directory.token_ends_at),
        })),
        mails: { waiting: figures.mails_waiting, failed: figures.mails_failed, kept: figures.mails_kept },
        jobs: { waiting: figures.jobs_waiting, running: figures.jobs_running, failed: figures.jobs_failed },
      };
    }),

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

/** A time as PostgreSQL writes it in JSON. */
function isoOf(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

function presentSetting(key: SettingKey, value: boolean | number | string) {
  const { group, summary, default: standard } = definitions[key];
  return { key, value, default: standard, summary, group };
}
