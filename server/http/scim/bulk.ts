import { readBulk } from "#scim/messages/bulk.ts";
import type { BulkOperation } from "#scim/messages/bulk.ts";
import { orderBulk } from "#scim/messages/bulk-order.ts";
import type { BulkStep } from "#scim/messages/bulk-order.ts";
import { resolveBulkIds, withoutBulkIds } from "#scim/messages/bulk-references.ts";
import { bulkResponse } from "#scim/messages/bulk-response.ts";
import type { BulkResult } from "#scim/messages/bulk-response.ts";
import { ScimError } from "#scim/messages/scim-error.ts";
import { isObject } from "#scim/schema/json.ts";
import { bulkLimits } from "./bulk-limits.ts";
import type { Call, Handler, Reply } from "./call.ts";
import { toRefusal } from "./to-scim-error.ts";

/** The handler of an operation: `handlers("/Users", "POST")`. */
export type Dispatch = (endpoint: string, method: string) => Handler | undefined;

/**
 * POST /Bulk (RFC 7644 §3.7). Each operation is a unit of work of its own and answers for itself; those that refer to
 * others by bulkId come after them. Where resources refer to each other in a ring, the first is made without the
 * reference and completed at the end; if that cannot be, it is taken back and refused with 409 (§3.7.1).
 */
export async function postBulk(call: Call, dispatch: Dispatch): Promise<Reply> {
  const { operations, failOnErrors } = readBulk(await call.body(), bulkLimits);
  const run = new BulkRun(call, operations, dispatch);
  const { steps } = orderBulk(operations);
  for (const step of steps) {
    await run.take(step);
    if (failOnErrors !== undefined && run.errors >= failOnErrors) break;
  }
  for (const step of steps) if (step.deferred.length > 0) await run.complete(step);
  return { status: 200, body: bulkResponse(run.results()) };
}

class BulkRun {
  readonly #call: Call;
  readonly #operations: readonly BulkOperation[];
  readonly #dispatch: Dispatch;
  readonly #results = new Map<number, BulkResult>();
  readonly #idOf = new Map<string, string>();
  /** Operations that were refused so far. */
  errors = 0;

  constructor(call: Call, operations: readonly BulkOperation[], dispatch: Dispatch) {
    this.#call = call;
    this.#operations = operations;
    this.#dispatch = dispatch;
  }

  /** In the order of the request; operations that were not begun are not among them. */
  results(): BulkResult[] {
    return [...this.#results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
  }

  async take(step: BulkStep): Promise<void> {
    const operation = this.#operations[step.index];
    if (operation === undefined) return;
    try {
      const deferred = new Set(step.deferred);
      const lost = operation.references.find((bulkId) => !deferred.has(bulkId) && !this.#idOf.has(bulkId));
      if (operation.problem !== undefined) throw operation.problem;
      if (lost !== undefined) {
        throw new ScimError(409, `The operation with the bulkId ${JSON.stringify(lost)} did not succeed.`);
      }
      const reply = await this.#run(operation, operation.method, withoutBulkIds(operation.data, deferred));
      const location = reply.headers?.["Location"] ?? this.#locationOf(operation);
      if (operation.method === "POST" && operation.bulkId !== undefined && location !== undefined) {
        this.#idOf.set(operation.bulkId, location.slice(location.lastIndexOf("/") + 1));
      }
      this.#results.set(step.index, { operation, status: reply.status, ...placeOf(location, reply) });
    } catch (error) {
      this.#fail(operation, error);
    }
  }

  /** Puts in what referred to resources that were not there yet. */
  async complete({ index }: BulkStep): Promise<void> {
    const operation = this.#operations[index];
    const result = this.#results.get(index);
    if (operation === undefined || result === undefined || result.error !== undefined) return;
    try {
      const isPatch = operation.method === "PATCH";
      const reply = await this.#run(operation, isPatch ? "PATCH" : "PUT", withoutPassword(operation.data));
      const location = reply.headers?.["Location"] ?? result.location;
      this.#results.set(index, { ...result, ...placeOf(location, reply) });
    } catch (error) {
      if (operation.method === "POST") await this.#run(operation, "DELETE", undefined);
      const { detail } = toRefusal(error, this.#call.requestId);
      this.#fail(operation, new ScimError(409, `The circular reference cannot be kept: ${detail}`));
    }
  }

  async #run(operation: BulkOperation, method: string | undefined, data: unknown): Promise<Reply> {
    const { endpoint, index, version } = operation;
    const handler = this.#dispatch(endpoint, method ?? "");
    if (handler === undefined) throw new ScimError(404, `There is nothing at ${endpoint}.`);
    const isFirst = method === operation.method;
    const made = operation.bulkId === undefined ? undefined : this.#idOf.get(operation.bulkId);
    const named = operation.id === undefined ? made : String(this.#resolve(operation.id));
    const call: Call = {
      ...this.#call,
      query: new URLSearchParams(),
      ifMatch: isFirst && version !== undefined ? version : undefined,
      ifNoneMatch: undefined,
      body: async () => this.#resolve(data),
      note: (lines) => this.#call.note(lines.map((line) => `Operations[${index}]: ${line}`)),
    };
    return await handler(call, named ?? "");
  }

  #resolve(data: unknown): unknown {
    return resolveBulkIds(data, (bulkId) => this.#idOf.get(bulkId));
  }

  #locationOf({ endpoint, id }: BulkOperation): string | undefined {
    return id === undefined ? undefined : `${this.#call.baseUrl}${endpoint}/${String(this.#resolve(id))}`;
  }

  #fail(operation: BulkOperation, error: unknown): void {
    const { house, requestId } = this.#call;
    const refusal = toRefusal(error, requestId);
    if (!refusal.isExpected) house.log.error({ err: error, requestId }, "an operation of a SCIM bulk request failed");
    const location = operation.method === "POST" ? undefined : this.#locationOf(operation);
    this.errors += 1;
    this.#results.set(operation.index, {
      operation,
      error: new ScimError(refusal.status, refusal.detail, refusal.scimType),
      ...(location === undefined ? {} : { location }),
    });
  }
}

function placeOf(location: string | undefined, { headers }: Reply): { location?: string; version?: string } {
  const version = headers?.["ETag"];
  return { ...(location === undefined ? {} : { location }), ...(version === undefined ? {} : { version }) };
}

/** It was set when the resource was made. */
function withoutPassword(data: unknown): unknown {
  if (!isObject(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([name]) => name.toLowerCase() !== "password"));
}
