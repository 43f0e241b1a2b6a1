import { Provider } from "oidc-provider";
import type { Client } from "oidc-provider";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { tellApps } from "../sessions/tell-apps.ts";

/** What a client of the provider can do beside its published types. */
interface TellsOfLogout {
  /** Sends a logout token (Back-Channel Logout §2.5). @throws when the app does not answer with 200 or 204 */
  backchannelLogout(userId: string, sid: string): Promise<void>;
}

export function tellsOfLogout(client: Client): TellsOfLogout {
  return client as unknown as TellsOfLogout;
}

/**
 * Keeps the provider from telling apps while a person waits for the answer. The end of a session's row adds the jobs
 * that tell them, whichever way it ends (see sessions/tell-apps.ts); what is left is an app that is signed out of a
 * session which goes on.
 */
export function tellsLater(provider: Provider, house: House): void {
  tellsOfLogout(provider.Client.prototype).backchannelLogout = async function (this: unknown, userId, sid) {
    const { oidc, state } = Provider.ctx ?? {};
    if (oidc === undefined || oidc.params?.["logout"] !== undefined) return;
    const { clientId } = this as Client;
    const by = { actor: trusted("system", "sign-out"), requestId: String(state?.["requestId"] ?? "") };
    await inWork(house, by, async (work) => {
      // open to all: who holds the cookie of a session may leave an app
      const app = await work.tx.row<{ id: string }>("select id from apps where client_id = $1", [clientId]);
      if (app !== undefined) await tellApps(work, [{ appId: app.id, userId, sid }], "signedOut");
    });
  };
}
