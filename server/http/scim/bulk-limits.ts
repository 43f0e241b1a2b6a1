import { mostBytes } from "./read-body.ts";

/** What POST /Bulk takes (RFC 7644 §3.7.4). */
export const bulkLimits = { supported: true, maxOperations: 1000, maxPayloadSize: mostBytes };
