import { createServer } from "node:net";
import type { Config } from "#server/kernel/config.ts";
import type { AppId, UserId } from "#server/kernel/ids.ts";
import { createApp } from "#server/apps/create-app.ts";
import type { NewApp } from "#server/apps/create-app.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { serve } from "#server/http/serve.ts";
import type { Serving } from "#server/http/serve.ts";
import type { Mount } from "#server/http/shell/mount.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { createUser } from "#server/users/create-user.ts";
import type { NewUser } from "#server/users/create-user.ts";
import { openTestHouse } from "#test/support/house.ts";
import type { TestHouse } from "#test/support/house.ts";

export const password = "plum-kettle-orbit-93";

export interface TestApp {
  id: AppId;
  clientId: string;
  clientSecret: string | null;
  redirectUri: string;
  postLogoutUri: string;
}

/** A house that answers over HTTP on a port of its own. */
export interface ServedHouse extends TestHouse {
  issuer: string;
  makeUser(fields?: Partial<NewUser>): Promise<{ id: UserId; username: string }>;
  makeApp(fields?: Partial<NewApp>): Promise<TestApp>;
  /** Another process on the same database, with its own provider. */
  serveAgain(): Promise<Serving & { origin: string }>;
}

/**
 * Opens a house and serves it.
 *
 * @param hostname of the issuer; passkeys need a name
 */
export async function serveHouse(
  overrides: Partial<Config> = {},
  more: readonly Mount[] = [],
  hostname: "127.0.0.1" | "localhost" = "127.0.0.1",
): Promise<ServedHouse> {
  const port = await freePort();
  const issuer = overrides.issuer ?? `http://${hostname}:${port}`;
  const house = await openTestHouse({ port, issuer, ...overrides });
  const serving = await serve(house, more);
  const others: Serving[] = [];
  let count = 0;
  return {
    ...house,
    issuer,
    async makeUser(fields = {}) {
      count += 1;
      const username = fields.username ?? `user-${count}`;
      const emails = [{ value: `${username}@example.com`, type: "work", primary: true }];
      const id = await house.work(
        async (work) =>
          await createUser(work, { username, displayName: `User ${count}`, resource: { emails }, ...fields }),
      );
      const user = await selectUser(house.db, id);
      if (user === undefined) throw new Error("the user is not there");
      const checked = await preparePassword(house.db, password, user);
      await house.work(
        async (work) => await setPassword(work, id, checked, { isTemporary: false, event: "user.passwordSet" }),
      );
      return { id, username };
    },
    async makeApp(fields = {}) {
      count += 1;
      const redirectUri = fields.redirectUris?.[0] ?? `http://127.0.0.1:9/app-${count}/callback`;
      const postLogoutUri = `http://127.0.0.1:9/app-${count}/bye`;
      const { app, clientSecret } = await house.work(
        async (work) =>
          await createApp(work, {
            name: `App ${count}`,
            kind: "web",
            redirectUris: [redirectUri],
            postLogoutRedirectUris: [postLogoutUri],
            ...fields,
          }),
      );
      return { id: app.id, clientId: app.clientId, clientSecret, redirectUri, postLogoutUri };
    },
    async serveAgain() {
      const second = await freePort();
      const other = await serve({ ...house, config: { ...house.config, port: second } }, more);
      others.push(other);
      return { ...other, origin: `http://127.0.0.1:${second}` };
    },
    async close() {
      await Promise.all([serving, ...others].map(async (one) => await one.close()));
      await house.close();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
