import type { z } from "zod";
import type { Endpoints } from "#contract/endpoints.ts";
import { pageOf } from "#console/list/address.ts";
import type { Address } from "#console/list/address.ts";

type Query = z.input<Endpoints["listEvents"]["query"]>;

const hour = 3_600_000;

/** Spans of time that a click chooses, in milliseconds. */
export const spans = { "1h": hour, "24h": 24 * hour, "7d": 7 * 24 * hour, "30d": 30 * 24 * hour } as const;
export type Span = keyof typeof spans;

/** The question that the address of a log asks. */
export function logQuery(url: Address): Query {
  const of = (key: string) => url.searchParams.get(key) ?? undefined;
  const outcome = of("outcome");
  const span = spanOf(url);
  return {
    ...pageOf(url),
    q: of("q"),
    type: of("type"),
    subject: of("subject"),
    outcome: outcome === "success" || outcome === "failure" ? outcome : undefined,
    after: span === undefined ? timeOf(of("after")) : new Date(Date.now() - spans[span]).toISOString(),
    before: span === undefined ? timeOf(of("before")) : undefined,
  };
}

/** The span that the address names. */
export function spanOf(url: Address): Span | undefined {
  const name = url.searchParams.get("within");
  return name !== null && Object.hasOwn(spans, name) ? (name as Span) : undefined;
}

function timeOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
