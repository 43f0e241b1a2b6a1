import { listResponse } from "#scim/messages/list-response.ts";
import type { FoundPage } from "./find-page.ts";

/**
 * The JSON of a list (RFC 7644 §3.4.2), one resource after the other, so that no more than a piece is held at a time.
 *
 * @param resources the JSON of each resource, whole or in pieces
 */
export async function* streamList(
  page: FoundPage<unknown>,
  resources: AsyncIterable<AsyncIterable<string> | string>,
): AsyncGenerator<string> {
  const { rows: _rows, ...about } = page;
  const { Resources: _, ...head } = listResponse({ ...about, resources: [] });
  yield `${JSON.stringify(head).slice(0, -1)},"Resources":[`;
  let separator = "";
  for await (const resource of resources) {
    yield separator;
    if (typeof resource === "string") yield resource;
    else yield* resource;
    separator = ",";
  }
  yield "]}";
}
