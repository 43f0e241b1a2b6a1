import type Provider from "oidc-provider";
import { record } from "../audit/record.ts";
import { saveLogoutNotice, selectLogoutNotice } from "../db/sql/logout-notices.ts";
import type { LogoutNoticeRow } from "../db/sql/logout-notices.ts";
import { selectKeysVersion } from "../db/sql/oidc-keys.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { readKeys } from "./keys.ts";
import { makeProvider } from "./make-provider.ts";
import type { OidcPages } from "./oidc-pages.ts";
import { tellsOfLogout } from "./tells-of-logout.ts";

type Notice = LogoutNoticeRow & { app_id: string; app_name: string };

/** Tells apps over their back channel that somebody's session is over. For workers. */
export interface AppTeller {
  /**
   * Sends what a notice says, with a logout token made on the spot, so that it is fresh at each try.
   *
   * @param isLastTry whether nobody tries again when this one fails
   * @throws Error why the app did not hear it, so that the queue tries again later
   */
  tell(noticeId: string, isLastTry: boolean): Promise<void>;
}

export function openAppTeller(house: House): AppTeller {
  let made: { version: string; provider: Provider } | undefined;

  /** The provider with the newest keys; a worker has it only to make and send tokens. */
  async function provider(): Promise<Provider> {
    if (made === undefined || (await selectKeysVersion(house.db)) !== made.version) {
      const { version, keys } = await readKeys(house);
      made = { version, provider: makeProvider(house, { keys, released: [] }, noPages, () => {}) };
    }
    return made.provider;
  }

  return {
    async tell(noticeId, isLastTry) {
      const notice = await selectLogoutNotice(house.db, noticeId);
      if (notice === undefined || notice.state !== "waiting") return;
      const now = house.now();
      const client = await (await provider()).Client.find(notice.client_id);
      if (client?.backchannelLogoutUri === undefined) {
        const error = "the app has no back-channel address any more";
        await saveLogoutNotice(house.db, noticeId, { state: "failed", error, now });
        return;
      }
      try {
        await tellsOfLogout(client).backchannelLogout(notice.user_id, notice.sid);
      } catch (cause) {
        const error = reasonOf(cause);
        await saveLogoutNotice(house.db, noticeId, { state: isLastTry ? "failed" : "waiting", error, now });
        if (isLastTry) await report(house, notice, error);
        throw cause;
      }
      await saveLogoutNotice(house.db, noticeId, { state: "delivered", error: null, now });
      await report(house, notice, null);
    },
  };
}

async function report(house: House, notice: Notice, error: string | null): Promise<void> {
  const by = { actor: trusted("system", "sign-out"), requestId: `logout-${notice.id}` };
  await inWork(house, by, async (work) => {
    // open to all: it tells what the house did
    record(work, {
      type: "app.toldOfSignOut",
      subject: { kind: "user", id: notice.user_id, name: notice.user_name },
      appId: notice.app_id,
      details: { why: notice.reason, attempts: notice.attempts + 1 },
      ...(error !== null && { outcome: "failure", reason: error }),
    });
  });
}

/** What went wrong, in one line for the administrator of the app: nothing of what the app answered beyond its status. */
function reasonOf(cause: unknown): string {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  const text = error instanceof AggregateError ? error.errors.map(String).join("; ") : error.message;
  return `${code}${text}`.slice(0, 300);
}

const none = () => Promise.reject(new Error("a worker shows no pages"));
const noPages: OidcPages = {
  error: none,
  confirmSignOut: none,
  signedOut: none,
  enterCode: none,
  confirmDevice: none,
  deviceDone: none,
  noteUpstream: none,
  allowFormTarget() {},
};
