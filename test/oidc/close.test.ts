import { request } from "node:http";
import { expect, test } from "vitest";
import { serve } from "#server/http/serve.ts";
import type { Mount } from "#server/http/shell/mount.ts";
import { openTestHouse } from "#test/support/house.ts";

test("[C5] a server that closes answers what it has begun, and takes nothing more", async () => {
  const house = await openTestHouse();
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const slow: Mount = () => async (ctx, next) => {
    if (ctx.path !== "/slow") return await next();
    begin();
    await new Promise((resolve) => setTimeout(resolve, 500));
    ctx.body = "done";
  };
  const { port, close } = await serve(house, [slow]);
  const origin = `http://127.0.0.1:${port}`;
  // A connection that stays open without a request, as browsers keep them.
  await new Promise<void>((resolve) => {
    request(`${origin}/healthz`, { agent: false, headers: { connection: "keep-alive" } }, (reply) => {
      reply.resume();
      reply.once("end", resolve);
    }).end();
  });
  const running = fetch(`${origin}/slow`);
  await begun;
  const startedAt = Date.now();
  const closing = close();
  await expect(fetch(`${origin}/healthz`)).rejects.toThrow();
  expect(await (await running).text()).toBe("done");
  await closing;
  expect(Date.now() - startedAt).toBeLessThan(2000);
  await house.close();
});

test("[C5] a port in use is said so", async () => {
  const house = await openTestHouse();
  const first = await serve(house);
  const second = serve({ ...house, config: { ...house.config, port: first.port } });
  await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  await first.close();
  await house.close();
});

test("[C5] without its database a server lives, is not ready, and says so without a fault", async () => {
  const house = await openTestHouse();
  const { port, close } = await serve(house);
  await house.db.run("alter table migrations rename to gone");
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: "unready", problem: "the database does not answer" },
  ]);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  await close();
  await house.close();
});
