import type { z } from "zod";
import type { Endpoints } from "#contract/endpoints.ts";
import { pageOf } from "#console/list/address.ts";
import type { Address } from "#console/list/address.ts";

type Query = z.input<Endpoints["listDirectoryRequests"]["query"]>;

export const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The question that the address of a request log asks. */
export function requestQuery(url: Address): Query {
  return {
    ...pageOf(url),
    failed: failedOf(url),
    status: statusOf(url),
    method: methods.find((method) => method === url.searchParams.get("method")),
    path: url.searchParams.get("q") ?? undefined,
  };
}

/** Whether the address asks for refused requests alone. */
export function failedOf(url: Address): "yes" | undefined {
  return url.searchParams.get("failed") === "yes" ? "yes" : undefined;
}

/** The code or class of codes that the address names. */
export function statusOf(url: Address): string | undefined {
  const status = url.searchParams.get("status") ?? "";
  return /^[2-5](?:\d\d|xx)$/.test(status) ? status : undefined;
}
