import type { BulkOperation } from "./bulk.ts";
import { errorBody, type ErrorBody, type ScimError } from "./scim-error.ts";
import { bulkResponseUrn } from "./urns.ts";

export interface BulkResult {
  readonly operation: Pick<BulkOperation, "method" | "bulkId">;
  /** Of success; an error brings its own. */
  readonly status?: number;
  /** Address of the resource; there is one unless a POST failed (RFC 7644 §3.7). */
  readonly location?: string;
  readonly version?: string;
  readonly error?: ScimError;
}

interface BulkResponseOperation {
  method?: string;
  bulkId?: string;
  location?: string;
  version?: string;
  status: string;
  response?: ErrorBody;
}

/** The answer to a bulk request (RFC 7644 §3.7.3): one entry per operation that was carried out or failed. */
export function bulkResponse(results: readonly BulkResult[]): {
  schemas: [typeof bulkResponseUrn];
  Operations: BulkResponseOperation[];
} {
  const Operations = results.map(({ operation, status, location, version, error }) => ({
    ...(operation.method === undefined ? {} : { method: operation.method }),
    ...(operation.bulkId === undefined ? {} : { bulkId: operation.bulkId }),
    ...(location === undefined ? {} : { location }),
    ...(version === undefined ? {} : { version }),
    status: String(error?.status ?? status ?? 200),
    ...(error === undefined ? {} : { response: errorBody(error) }),
  }));
  return { schemas: [bulkResponseUrn], Operations };
}
