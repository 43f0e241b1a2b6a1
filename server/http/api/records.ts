import { findEvents } from "../../audit/find-events.ts";
import { presentEvent } from "../../audit/present-event.ts";
import type * as records from "../../contract/records.ts";
import { inWork } from "../../db/work.ts";
import { presentPlace } from "../../devices/present-place.ts";
import { listMails, presentMail, readMail, retryMail, retryMails } from "../../mail/read-mails.ts";
import { browserName } from "../../sessions/browser-name.ts";
import { presentAddress } from "../../users/present-user.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof records, "listEvents" | "listMails" | "getMail" | "retryMail" | "retryMails">;

export const recordHandlers: Handlers<Operations> = {
  listEvents: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const { after, before, ...filter } = query;
      const found = await findEvents(
        work,
        {
          ...filter,
          after: after === undefined ? undefined : new Date(after),
          before: before === undefined ? undefined : new Date(before),
        },
        query,
      );
      const show = {
        address: (address: string | null) => presentAddress(address, by.actor),
        place: (address: string | null) => presentPlace(house.places, address),
        browser: browserName,
      };
      return { ...found, items: found.rows.map((row) => presentEvent(row, show)) };
    }),

  listMails: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listMails(work, query);
      return { ...found, items: found.rows.map(presentMail) };
    }),

  getMail: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await readMail(work, house.keyring, params.id)),

  retryMail: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await retryMail(work, house, params.id)),

  retryMails: async ({ house, by, body }) =>
    await inWork(house, by, async (work) => await retryMails(work, house, body)),
};
