import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, isRangeList, readRanges, RefusedAddress } from "./outgoing.ts";
import type { Reach } from "./outgoing.ts";

const nowhere: Reach = { privateNetworks: [], localhost: false };
const get = { method: "GET", headers: {} };

describe("addresses that somebody typed in", () => {
  const server = createServer((req, res) => {
    if (req.url === "/moved") return void res.writeHead(302, { location: "/" }).end();
    if (req.url === "/large") return void res.end(Buffer.alloc(300_000));
    if (req.url === "/none") return void res.writeHead(204).end();
    req.pipe(res.setHeader("x-method", req.method ?? ""));
  });
  let origin: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });
  const local: Reach = { privateNetworks: [], localhost: true };

  test.each([
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://2130706433/",
    "http://app.example.com/",
    "ftp://app.example.com/",
  ])("[S1] %s is not asked (IDENTITY §2 no. 20)", async (address) => {
    await expect(ask(new URL(address), get, nowhere)).rejects.toThrow(RefusedAddress);
  });

  test("[S1] a private network that is allowed is asked, the addresses of clouds and the machine itself never", async () => {
    const wide: Reach = { privateNetworks: ["127.0.0.0/8", "169.254.0.0/16", "::/0", "10.0.0.0/8"], localhost: false };
    for (const address of [
      "https://127.0.0.1:9/",
      "https://169.254.169.254/",
      "https://[::1]/",
      "https://192.168.0.1/",
    ]) {
      await expect(ask(new URL(address), get, wide)).rejects.toThrow(RefusedAddress);
    }
  });

  test("[S1] what is sent arrives, and the answer comes back", async () => {
    const reply = await ask(new URL(origin), { method: "POST", headers: { a: "b" }, body: "grüße" }, local);
    expect([reply.status, reply.headers.get("x-method"), await reply.text()]).toEqual([200, "POST", "grüße"]);
    expect((await ask(new URL(`${origin}/none`), get, local)).status).toBe(204);
  });

  test("[S1] redirects are not followed, and long answers not read", async () => {
    expect((await ask(new URL(`${origin}/moved`), get, local)).status).toBe(302);
    await expect(ask(new URL(`${origin}/large`), get, local)).rejects.toThrow("bytes");
  });
});

test("a list of ranges is read as people write it", () => {
  expect(readRanges(" 10.0.0.0/8, 192.168.0.0/16  fd00::/8")).toEqual(["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"]);
  expect(isRangeList("")).toBe(true);
  expect(isRangeList("10.0.0.0/8 fd00::/8")).toBe(true);
  expect(isRangeList("10.0.0.1")).toBe(false);
  expect(isRangeList("intranet")).toBe(false);
});
