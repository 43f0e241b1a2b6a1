import type { z } from "zod";
import type * as onboarding from "../../contract/onboarding.ts";
import type { OnboardingRow } from "../../db/sql/onboarding-list.ts";
import { inWork } from "../../db/work.ts";
import type { UserId } from "../../kernel/ids.ts";
import { copyActivationLink } from "../../onboarding/copy-link.ts";
import { findWaiting } from "../../onboarding/find-waiting.ts";
import { readOnboardingFigures } from "../../onboarding/read-figures.ts";
import { readSetting } from "../../settings/read-settings.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof onboarding, "listOnboarding" | "getOnboardingFigures" | "copyActivationLink">;

export const onboardingHandlers: Handlers<Operations> = {
  listOnboarding: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findWaiting(work, query);
      return { ...found, items: found.rows.map(presentRow) };
    }),

  getOnboardingFigures: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const { totals, days } = await readOnboardingFigures(work, query.days);
      return {
        countedAt: totals.counted_at.toISOString(),
        mayCopyLinks: await readSetting(work.tx, "onboarding.copyLinks"),
        totals: {
          accounts: totals.accounts,
          onboarded: totals.onboarded,
          waiting: totals.waiting,
          uninvited: totals.uninvited,
          expired: totals.expired,
          failed: totals.failed,
          medianSeconds: totals.median_seconds,
        },
        days: days.map(({ onboarded_total, accounts_total, ...day }) => ({
          ...day,
          onboardedTotal: onboarded_total,
          waitingTotal: Math.max(0, accounts_total - onboarded_total),
        })),
      };
    }),

  copyActivationLink: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      const { url, expiresAt } = await copyActivationLink(work, house.config.issuer, params.id as UserId);
      return { url, expiresAt: expiresAt.toISOString() };
    }),
};

function presentRow(row: OnboardingRow): z.input<typeof onboarding.onboardingRow> {
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: row.id,
    displayName: row.display_name,
    username: row.username,
    email: row.email,
    directory: row.directory_id === null ? null : { id: row.directory_id, name: row.directory_name ?? "" },
    createdAt: row.created_at.toISOString(),
    state: row.state,
    invitedAt: time(row.invited_at),
    linkedAt: time(row.linked_at),
    openedAt: time(row.opened_at),
    expiresAt: time(row.expires_at),
    links: row.links,
    reminders: row.reminders,
    mail: row.mail_id === null ? null : { id: row.mail_id, sentAt: time(row.sent_at), lastError: row.last_error },
    welcomedAt: time(row.welcomed_at),
  };
}
