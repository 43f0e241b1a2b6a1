import { parse } from "csv-parse/sync";
import Excel from "exceljs";
import { expect } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

export interface Reply {
  status: number;
  headers: Headers;
  bytes: Buffer;
  json: Record<string, unknown>;
}

/** A served house with a worker, asked over HTTP as a program asks it. */
export interface ExportDesk {
  house: ServedHouse;
  tokenFor(permissions: readonly Permission[]): Promise<string>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Asks for a file and waits until it is done. */
  make(wish: object, token?: string): Promise<Record<string, unknown> & { id: string }>;
  /** Waits until an export is in a state. */
  reach(id: string, state: string): Promise<Record<string, unknown>>;
  file(id: string, token?: string): Promise<Buffer>;
  /** A CSV file as objects by header, read by another program. */
  csv(wish: object): Promise<Record<string, string>[]>;
  work(): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}

export async function openExportDesk(): Promise<ExportDesk> {
  const house = await serveHouse();
  const workers: { close(): Promise<void> }[] = [];
  const tokenFor = async (permissions: readonly Permission[]) => {
    const name = permissions.join(" ");
    return (await house.work(async (work) => await createApiToken(work, { name, permissions }))).token;
  };
  const all = await tokenFor(allPermissions);
  const as = (token = all) => ({ authorization: `Bearer ${token}` });
  const call: ExportDesk["call"] = async (method, path, body, headers = {}) => {
    const reply = await fetch(`${house.issuer}/api/v1${path}`, {
      method,
      headers: { ...as(), ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await reply.arrayBuffer());
    const isJson = (reply.headers.get("content-type") ?? "").includes("json");
    const json = isJson ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {};
    return { status: reply.status, headers: reply.headers, bytes, json };
  };
  const reach: ExportDesk["reach"] = async (id, state) => {
    const read = async () => (await call("GET", `/exports/${id}`)).json;
    await expect.poll(async () => (await read())["state"], { timeout: 30_000, interval: 20 }).toBe(state);
    return await read();
  };
  const make: ExportDesk["make"] = async (wish, token) => {
    const asked = await call("POST", "/exports", wish, as(token));
    expect(asked.status, asked.bytes.toString()).toBe(201);
    const id = String(asked.json["id"]);
    return { ...(await reach(id, "done")), id };
  };
  const file: ExportDesk["file"] = async (id, token) => {
    const reply = await call("GET", `/exports/${id}/file`, undefined, as(token));
    expect(reply.status).toBe(200);
    return reply.bytes;
  };
  return {
    house,
    tokenFor,
    call,
    make,
    reach,
    file,
    async csv(wish) {
      const { id } = await make(wish);
      return parse<Record<string, string>>(await file(id), { columns: true, bom: true });
    },
    async work() {
      const worker = await workJobs(house);
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map(async (worker) => await worker.close()));
      await house.close();
    },
  };
}

/** The first sheet of a workbook, read by another program. */
export async function readBook(bytes: Buffer): Promise<Excel.Worksheet> {
  const book = new Excel.Workbook();
  await book.xlsx.load(bytes as unknown as ArrayBuffer);
  const [sheet] = book.worksheets;
  if (sheet === undefined) throw new Error("the workbook has no sheet");
  return sheet;
}

/** Users made by one statement, numbered from 1. */
export async function fillUsers(house: ServedHouse, count: number): Promise<void> {
  await house.db.run(
    `insert into users (id, username, display_name, email, resource, created_at, updated_at)
     select gen_random_uuid(), 'many-' || n, repeat('Somebody ', 20) || n, 'many-' || n || '@example.com', '{}', now(), now()
     from generate_series(1, $1::int) n`,
    [count],
  );
}
