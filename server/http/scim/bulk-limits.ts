import { mostBytes } from "./read-body.ts";

/** What POST /Bulk takes (RFC 7644 §3.7.4). Limits are named even while it is not there: some clients ask for them. */
export const bulkLimits = { supported: false, maxOperations: 0, maxPayloadSize: mostBytes };
