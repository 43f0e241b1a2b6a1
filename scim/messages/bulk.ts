import { isObject, ownIgnoringCase } from "../schema/json.ts";
import { bulkIdsIn } from "./bulk-references.ts";
import { kindOf, quote, refuse, ScimError } from "./scim-error.ts";
import { bulkRequestUrn } from "./urns.ts";

export interface BulkLimits {
  readonly maxOperations: number;
  /** Bytes. */
  readonly maxPayloadSize: number;
}

export type BulkMethod = "POST" | "PUT" | "PATCH" | "DELETE";

export interface BulkOperation {
  /** Its place in the request. Answers are given in this order, whatever the order of work. */
  readonly index: number;
  /** As sent, if it could be read: the answer repeats method and bulkId. */
  readonly method: BulkMethod | undefined;
  readonly bulkId: string | undefined;
  /** An ETag; means the same as If-Match. */
  readonly version: string | undefined;
  /** `/Users`, `/Groups`…, in the case sent. Whether there is such an endpoint is the server's to say. */
  readonly endpoint: string;
  /** The id in the path, or `bulkId:…`; undefined for POST. */
  readonly id: string | undefined;
  readonly data: unknown;
  /** bulkIds of POSTs in the same request that the path or the data refers to. */
  readonly references: readonly string[];
  /** Why the operation cannot be carried out; the others still can. */
  readonly problem: ScimError | undefined;
}

export interface BulkRequest {
  /** Stop after this many errors; undefined means never. */
  failOnErrors: number | undefined;
  operations: BulkOperation[];
}

/**
 * Reads the body of POST /Bulk (RFC 7644 §3.7). What is wrong with one operation is its `problem`, and is
 * answered in its place.
 *
 * @param payloadBytes size of the body on the wire
 * @throws 413            more operations or bytes than the limits allow; the detail names the limit
 * @throws invalidSyntax  not a BulkRequest
 * @throws invalidValue   failOnErrors is no integer of 0 or more; 0 means no limit
 */
export function readBulk(body: unknown, limits: BulkLimits, payloadBytes = 0): BulkRequest {
  if (payloadBytes > limits.maxPayloadSize) {
    throw new ScimError(413, `the request has ${payloadBytes} bytes; maxPayloadSize is ${limits.maxPayloadSize}`);
  }
  if (!isObject(body)) throw refuse("invalidSyntax", `the body must be a BulkRequest object, not ${kindOf(body)}`);
  const schemas = ownIgnoringCase(body, "schemas");
  const wanted = bulkRequestUrn.toLowerCase();
  if (!Array.isArray(schemas) || !schemas.some((urn) => typeof urn === "string" && urn.toLowerCase() === wanted)) {
    throw refuse("invalidSyntax", `schemas must contain ${bulkRequestUrn}`);
  }
  const stranger = strangerIn(body, ["schemas", "failonerrors", "operations"]);
  if (stranger !== undefined) throw refuse("invalidSyntax", `a BulkRequest has no member ${quote(stranger)}`);
  const operations = ownIgnoringCase(body, "Operations");
  if (!Array.isArray(operations)) throw refuse("invalidSyntax", "Operations must be an array");
  if (operations.length > limits.maxOperations) {
    throw new ScimError(
      413,
      `the request has ${operations.length} operations; maxOperations is ${limits.maxOperations}`,
    );
  }
  return {
    failOnErrors: readFailOnErrors(ownIgnoringCase(body, "failOnErrors")),
    operations: linkReferences(operations.map(readOperation)),
  };
}

function strangerIn(object: Record<string, unknown>, known: readonly string[]): string | undefined {
  return Object.keys(object).find((name) => !known.includes(name.toLowerCase()));
}

function readFailOnErrors(value: unknown): number | undefined {
  if (value === undefined || value === null || value === 0) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw refuse("invalidValue", `failOnErrors must be an integer of 1 or more, not ${quote(value)}`);
}

/** References are the bulkIds found, before it is known which of them exist. */
interface Unlinked extends BulkOperation {
  readonly certain: ReadonlySet<string>;
}

function readOperation(sent: unknown, index: number): Unlinked {
  const operation = isObject(sent) ? sent : {};
  const method = readMethod(ownIgnoringCase(operation, "method"));
  const bulkId = ownIgnoringCase(operation, "bulkId");
  const path = ownIgnoringCase(operation, "path");
  const version = ownIgnoringCase(operation, "version");
  const data = ownIgnoringCase(operation, "data");
  const target = readPath(path);
  const found = bulkIdsIn(data);
  const ownId = /^bulkId:(.+)$/.exec(target?.id ?? "")?.[1];
  const problem = (): ScimError | undefined => {
    if (!isObject(sent)) return refuse("invalidSyntax", `an operation must be an object, not ${kindOf(sent)}`);
    const stranger = strangerIn(operation, ["method", "bulkid", "version", "path", "data"]);
    if (stranger !== undefined) return refuse("invalidSyntax", `an operation has no member ${quote(stranger)}`);
    if (method === undefined) return refuse("invalidSyntax", "method must be POST, PUT, PATCH or DELETE");
    if (target === undefined) return refuse("invalidSyntax", "path must be /Endpoint or /Endpoint/id");
    if (method === "POST" && target.id !== undefined)
      return refuse("invalidSyntax", "POST takes the path of an endpoint");
    if (method !== "POST" && target.id === undefined)
      return refuse("invalidSyntax", `${method} takes the path of a resource`);
    if (method === "POST" && (typeof bulkId !== "string" || bulkId === "")) {
      return refuse("invalidSyntax", "POST needs a bulkId");
    }
    if (method !== "DELETE" && !isObject(data)) return refuse("invalidSyntax", `${method} needs data, an object`);
    if (version !== undefined && version !== null && typeof version !== "string") {
      return refuse("invalidSyntax", "version must be a string");
    }
    return found === undefined ? refuse("invalidSyntax", "the data is nested too deeply") : undefined;
  };
  return {
    index,
    method,
    bulkId: typeof bulkId === "string" ? bulkId : undefined,
    version: typeof version === "string" ? version : undefined,
    endpoint: target?.endpoint ?? "",
    id: target?.id,
    data,
    references: [...(ownId === undefined ? [] : [ownId]), ...(found?.all ?? [])],
    certain: new Set([...(ownId === undefined ? [] : [ownId]), ...(found?.certain ?? [])]),
    problem: problem(),
  };
}

function readMethod(method: unknown): BulkMethod | undefined {
  const upper = typeof method === "string" ? method.toUpperCase() : "";
  return upper === "POST" || upper === "PUT" || upper === "PATCH" || upper === "DELETE" ? upper : undefined;
}

function readPath(path: unknown): { endpoint: string; id: string | undefined } | undefined {
  const match = typeof path === "string" ? /^(\/[A-Za-z]\w*)(?:\/([^/?#\s]+))?\/?$/.exec(path.trim()) : null;
  if (match === null) return undefined;
  const [, endpoint = "", id] = match;
  try {
    return { endpoint, id: id === undefined ? undefined : decodeURIComponent(id) };
  } catch {
    // A percent sign that encodes nothing: no id looks like that.
    return undefined;
  }
}

/** Keeps of the references those that a POST of the request defines; the others are mistakes or mere text. */
function linkReferences(operations: readonly Unlinked[]): BulkOperation[] {
  const first = new Map<string, number>();
  for (const { method, bulkId, index } of operations) {
    if (method === "POST" && bulkId !== undefined && !first.has(bulkId)) first.set(bulkId, index);
  }
  return operations.map(({ certain, ...operation }) => {
    const { bulkId, method, references, problem } = operation;
    const isRepeated = method === "POST" && bulkId !== undefined && first.get(bulkId) !== operation.index;
    const missing = [...certain].find((reference) => !first.has(reference));
    const flaw =
      problem ??
      (isRepeated ? refuse("invalidValue", `bulkId ${quote(bulkId)} is used twice`) : undefined) ??
      (missing === undefined
        ? undefined
        : refuse("invalidValue", `no POST of the request has the bulkId ${quote(missing)}`));
    return { ...operation, references: [...new Set(references)].filter((one) => first.has(one)), problem: flaw };
  });
}
