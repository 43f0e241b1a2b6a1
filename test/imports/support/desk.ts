import { expect, vi } from "vitest";
import type { Permission } from "#contract/permissions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

// oxlint-disable-next-line no-explicit-any -- a test reads answers as deep as it likes and compares what it finds
export type Body = any;

export interface Answer {
  status: number;
  body: Body;
}

/** A served house with a worker, and somebody who imports files over the admin API. */
export interface ImportDesk {
  house: ServedHouse;
  /** Makes a token with some permissions. */
  token(...permissions: Permission[]): Promise<string>;
  call(method: string, path: string, body?: unknown, bearer?: string): Promise<Answer>;
  upload(file: string | Buffer, name?: string, bearer?: string): Promise<Answer>;
  /** Uploads and checks a file that must be fine as a file. */
  check(file: string | Buffer, name?: string, bearer?: string): Promise<Body>;
  /** The same, and carries it out. */
  run(file: string | Buffer, name?: string, options?: Record<string, unknown>): Promise<Body>;
  act(id: string, action: string, more?: Record<string, unknown>, bearer?: string): Promise<Answer>;
  /** Waits until a job has brought the import to a state. */
  until(id: string, ...states: string[]): Promise<Body>;
  rows(id: string, kind?: string): Promise<Body[]>;
  /** Problems of an import, one a line: `3 email: This is not an email address.` */
  problems(id: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens one for a test file; close it in `afterAll`. */
export async function openImportDesk(): Promise<ImportDesk> {
  const house = await serveHouse();
  const worker = await workJobs(house);
  const token = async (...permissions: Permission[]) => {
    const name = `token ${permissions.join(" ")}`;
    return (await house.work(async (work) => await createApiToken(work, { name, permissions }))).token;
  };
  const all = await token("accounts", "groups", "settings", "logs");
  const send = async (method: string, path: string, headers: Record<string, string>, body?: string | Buffer) => {
    const reply = await fetch(`${house.issuer}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
    });
    const text = await reply.text();
    const isJson = reply.headers.get("content-type")?.includes("json") === true;
    return { status: reply.status, body: isJson ? JSON.parse(text) : text };
  };
  const desk: ImportDesk = {
    house,
    token,
    call: async (method, path, body, bearer = all) =>
      await send(
        method,
        path,
        { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        body === undefined ? undefined : JSON.stringify(body),
      ),
    upload: async (file, name = "staff.csv", bearer = all) =>
      await send(
        "POST",
        `/imports?name=${encodeURIComponent(name)}`,
        { authorization: `Bearer ${bearer}`, "content-type": "application/octet-stream" },
        file,
      ),
    async check(file, name, bearer) {
      const uploaded = await desk.upload(file, name, bearer);
      expect(uploaded.status, JSON.stringify(uploaded.body)).toBe(201);
      const asked = await desk.act(uploaded.body.id as string, "check", {}, bearer);
      expect(asked.status, JSON.stringify(asked.body)).toBe(200);
      return await desk.until(uploaded.body.id as string, "ready", "failed");
    },
    async run(file, name, options = {}) {
      const { id } = (await desk.check(file, name)) as { id: string };
      const confirmed = await desk.act(id, "confirm", options);
      expect(confirmed.status, JSON.stringify(confirmed.body)).toBe(200);
      return await desk.until(id, "done");
    },
    act: async (id, action, more = {}, bearer = all) =>
      await desk.call("POST", `/imports/${id}/actions`, { action, ...more }, bearer),
    async until(id, ...states) {
      return await vi.waitFor(
        async () => {
          const { body } = await desk.call("GET", `/imports/${id}`);
          expect(states, JSON.stringify(body)).toContain(body.state);
          return body;
        },
        { timeout: 30_000, interval: 30 },
      );
    },
    async rows(id, kind) {
      const { body } = await desk.call(
        "GET",
        `/imports/${id}/rows?limit=200${kind === undefined ? "" : `&kind=${kind}`}`,
      );
      return body.items as Body[];
    },
    async problems(id) {
      const rows = await desk.rows(id);
      return rows.flatMap(({ number, problems }) =>
        (problems as Body[]).map(({ column, message }) => `${number} ${column ?? "row"}: ${message}`),
      );
    },
    async close() {
      await worker.close();
      await house.close();
    },
  };
  return desk;
}
