import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, nothing, page, pageQuery, time } from "./shapes.ts";
import { filterFailures, invitationStates, userFilter } from "./users.ts";

/** Somebody who has not completed onboarding, and how far their invitation has come. */
export const onboardingRow = z.object({
  id,
  displayName: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  directory: z.object({ id, name: z.string() }).nullable(),
  createdAt: time,
  state: z.enum(invitationStates),
  /** When the first activation link was made, and the latest; null for somebody who was never invited. */
  invitedAt: time.nullable(),
  linkedAt: time.nullable(),
  /** When somebody came by the latest link. */
  openedAt: time.nullable(),
  /** Until when the latest link works. */
  expiresAt: time.nullable(),
  links: z.number().int(),
  reminders: z.number().int(),
  /** The mail with the latest link, and what the mail server said when it was refused. */
  mail: z.object({ id, sentAt: time.nullable(), lastError: z.string().nullable() }).nullable(),
  welcomedAt: time.nullable(),
});

export const listOnboarding = endpoint({
  method: "GET",
  path: "/onboarding",
  summary: "People who have not completed onboarding, the newest account first",
  permission: "accounts",
  params: nothing,
  query: z.object({
    ...pageQuery,
    q: userFilter.q,
    directory: userFilter.directory,
    invitation: userFilter.invitation,
  }),
  body: nothing,
  status: 200,
  reply: page(onboardingRow),
  failures: [...filterFailures, "request.cursorInvalid"],
});

const count = z.number().int();

export const getOnboardingFigures = endpoint({
  method: "GET",
  path: "/onboarding/figures",
  summary: "How many are onboarded, how many wait, and how it went by day (UTC)",
  permission: "accounts",
  params: nothing,
  query: z.object({ days: z.coerce.number().int().min(7).max(90).default(30) }),
  body: nothing,
  status: 200,
  reply: z.object({
    /** The figures are counted in the background, at least every few minutes. */
    countedAt: time,
    /** Whether administrators may copy activation links. */
    mayCopyLinks: z.boolean(),
    totals: z.object({
      accounts: count,
      onboarded: count,
      waiting: count,
      /** Of those who wait: never invited, with a link that works no more, with a mail that failed. */
      uninvited: count,
      expired: count,
      failed: count,
      /** Half of those invited in the last 30 days took less time from the first link to being onboarded. */
      medianSeconds: count.nullable(),
    }),
    /** Oldest first, days without anything included. */
    days: z.array(
      z.object({
        day: z.iso.date(),
        created: count,
        onboarded: count,
        /** Invited on this day, and what became of them since. */
        invited: count,
        sent: count,
        opened: count,
        activated: count,
        /** At the end of the day, of the accounts that exist today. */
        onboardedTotal: count,
        waitingTotal: count,
      }),
    ),
  }),
  failures: [],
});

export const copyActivationLink = endpoint({
  method: "POST",
  path: "/users/:id/activation-link",
  summary:
    "Make an activation link to hand over in another way than by mail, where the organization allows it; older ones stop working",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ url: z.string(), expiresAt: time }),
  failures: ["onboarding.linksHidden", "user.missing", "user.alreadyActive"],
});
