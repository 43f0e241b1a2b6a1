import { splitNames } from "#scim/messages/list-query.ts";
import type { ProjectionRequest } from "#scim/schema/project.ts";

/** What the client wants to see of a single resource (RFC 7644 §3.9). */
export function projectionOf(query: URLSearchParams): Required<ProjectionRequest> {
  return {
    attributes: splitNames(query.getAll("attributes")),
    excludedAttributes: splitNames(query.getAll("excludedAttributes")),
  };
}

/** Says whether a choice was made at all: then PATCH answers with a body (RFC 7644 §3.5.2). */
export function isAsked({ attributes = [], excludedAttributes = [] }: ProjectionRequest): boolean {
  return attributes.length > 0 || excludedAttributes.length > 0;
}
