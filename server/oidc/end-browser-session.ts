import { Provider } from "oidc-provider";
import { record } from "../audit/record.ts";
import { endSessionByUid } from "../db/sql/oidc-records.ts";
import { inWork } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import type { House } from "../house.ts";
import { tellApps } from "../sessions/tell-apps.ts";

/** Makes the end of a provider's session (sign-out by an app) the end of its row in `sessions` too. */
export function endsWithRow(provider: Provider, house: House): void {
  const { destroy } = provider.Session.prototype;
  provider.Session.prototype.destroy = async function () {
    const ctx = Provider.ctx;
    if (this.accountId !== undefined) {
      await endBrowserSession(house, this.uid, {
        ...(typeof ctx?.state["address"] === "string" && { address: ctx.state["address"] }),
        requestId: typeof ctx?.state["requestId"] === "string" ? ctx.state["requestId"] : "",
      });
    }
    await destroy.call(this);
  };
}

/**
 * Ends the session of a browser because the person in front of it signed out. Tokens that live only as long as the
 * session are dead with it; refresh tokens with `offline_access` go on (Back-Channel Logout §2.7), unlike when an
 * administrator ends the session.
 *
 * @returns whether it was still going on
 */
export async function endBrowserSession(
  house: House,
  uid: string,
  by: { requestId: string; address?: string },
): Promise<boolean> {
  const actor: Actor = { kind: "stranger", id: null, name: "", can: () => false };
  return await inWork(house, { actor, requestId: by.requestId }, async (work) => {
    // open to all: who holds the cookie of a session may end it
    const ended = await endSessionByUid(work.tx, uid, "signedOut", new Date());
    if (ended === undefined) return false;
    await tellApps(work, ended.told, "signedOut");
    const person: Actor = {
      ...actor,
      kind: "user",
      id: ended.user_id,
      name: ended.display_name,
      ...(by.address !== undefined && { address: by.address }),
    };
    record(
      { ...work, actor: person },
      {
        type: "session.ended",
        subject: { kind: "user", id: ended.user_id, name: ended.display_name },
        details: { count: 1, why: "signedOut" },
      },
    );
    return true;
  });
}
