import { createApp } from "#server/apps/create-app.ts";
import { rotateAppSecret, updateApp } from "#server/apps/update-app.ts";
import type { Work } from "#server/db/work.ts";

const name = "Team notes (example)";

/** Makes the example application known: made on the first run, given another secret and address on later ones. */
export async function registerApp(work: Work, origin: string): Promise<{ clientId: string; clientSecret: string }> {
  const redirectUris = [`${origin}/callback`];
  const postLogoutRedirectUris = [`${origin}/`];
  const row = await work.tx.row<{ id: string }>("select id from apps where name = $1", [name]);
  if (row === undefined) {
    const { app, clientSecret } = await createApp(work, { name, kind: "web", redirectUris, postLogoutRedirectUris });
    return { clientId: app.clientId, clientSecret: clientSecret ?? "" };
  }
  await updateApp(work, row.id, { redirectUris, postLogoutRedirectUris });
  const { app, clientSecret } = await rotateAppSecret(work, row.id);
  return { clientId: app.clientId, clientSecret: clientSecret ?? "" };
}
