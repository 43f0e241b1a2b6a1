import type { KoaContextWithOIDC } from "oidc-provider";
import { record } from "../audit/record.ts";
import { inWork } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import type { House } from "../house.ts";
import { selectAccount } from "../db/sql/oidc-accounts.ts";

/**
 * Tells the event log that a code or refresh token came a second time: either an app is badly made, or somebody has
 * stolen it. The provider revokes what came of it; an administrator should know why an app had to ask again.
 */
export async function tellReuse(
  house: House,
  ctx: KoaContextWithOIDC,
  used: { what: "code" | "deviceCode" | "refreshToken"; userId: string; clientId: string | undefined },
): Promise<void> {
  const { requestId, address } = ctx.state as { requestId?: string; address?: string };
  const actor: Actor = {
    kind: "stranger",
    id: null,
    name: "",
    can: () => false,
    ...(address !== undefined && { address }),
  };
  await inWork(house, { actor, requestId: requestId ?? "" }, async (work) => {
    // open to all: whoever shows a used token is told of
    const account = await selectAccount(work.tx, used.userId);
    record(work, {
      type: "token.reused",
      outcome: "failure",
      subject: { kind: "user", id: used.userId, name: account?.display_name ?? null },
      details: { what: used.what, client: used.clientId ?? null },
    });
  });
}
