import { splitNames, valuesOf } from "#scim/messages/list-query.ts";
import { quote } from "#scim/messages/scim-error.ts";
import { unknownChoices } from "#scim/schema/project.ts";
import type { ProjectionRequest } from "#scim/schema/project.ts";
import type { Call } from "./call.ts";

/** What the client wants to see of a single resource (RFC 7644 §3.9). */
export function projectionOf(query: URLSearchParams): Required<ProjectionRequest> {
  return {
    attributes: splitNames(valuesOf(query, "attributes")),
    excludedAttributes: splitNames(valuesOf(query, "excludedAttributes")),
  };
}

/** Tells the request log of names that mean nothing, and are therefore without effect. */
export function noteUnknownChoices(call: Call, request: ProjectionRequest): void {
  const unknown = unknownChoices([call.types.user, call.types.group], request);
  call.note(unknown.slice(0, mostNoted).map((name) => `attributes: there is no ${quote(name)}`));
}

// An address may hold thousands; the log needs the first few.
const mostNoted = 20;

/** Says whether a choice was made at all: then PATCH answers with a body (RFC 7644 §3.5.2). */
export function isAsked({ attributes = [], excludedAttributes = [] }: ProjectionRequest): boolean {
  return attributes.length > 0 || excludedAttributes.length > 0;
}
