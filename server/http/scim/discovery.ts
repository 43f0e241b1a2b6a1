import { quote, ScimError } from "#scim/messages/scim-error.ts";
import { listResponse } from "#scim/messages/list-response.ts";
import { resourceTypes } from "#scim/messages/resource-types.ts";
import { schemaDocuments } from "#scim/messages/schema-documents.ts";
import { serviceProviderConfig } from "#scim/messages/service-provider-config.ts";
import { own } from "#scim/schema/json.ts";
import type { JsonObject } from "#scim/schema/json.ts";
import { directoryScope } from "../../directories/identify-bearer.ts";
import { bulkLimits } from "./bulk-limits.ts";
import type { Reply, ScimTypes } from "./call.ts";
import { cursorTimeoutSeconds } from "./cursor.ts";
import { defaultPageSize, mostPageSize } from "./find-page.ts";

/** What the discovery documents depend on. They are public (RFC 7643 §5), so there may be no directory. */
export interface Discovery {
  baseUrl: string;
  /** Where the clients of directories get access tokens. */
  tokenEndpoint: string;
  types: ScimTypes;
  query: URLSearchParams;
  /** Whether the directory's passwords are used; false for those who are not known. */
  setsPasswords: boolean;
}

/** GET /ServiceProviderConfig (RFC 7643 §5). Clients choose their verbs by it, so it says what is so. */
export function getServiceProviderConfig({ baseUrl, tokenEndpoint, setsPasswords }: Discovery): Reply {
  const config = serviceProviderConfig({
    baseUrl,
    patch: true,
    bulk: bulkLimits,
    filter: { supported: true, maxResults: mostPageSize },
    changePassword: setsPasswords,
    sort: true,
    etag: true,
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: "index",
      defaultPageSize,
      maxPageSize: mostPageSize,
      cursorTimeout: cursorTimeoutSeconds,
    },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "The token that was shown when the directory was made, in the Authorization header.",
        specUri: "https://www.rfc-editor.org/rfc/rfc6750",
        primary: true,
      },
      {
        type: "oauth2",
        name: "OAuth 2.0 client credentials",
        description: `An access token of the scope ${directoryScope}, which the directory's client gets at ${tokenEndpoint}.`,
        specUri: "https://www.rfc-editor.org/rfc/rfc6749#section-4.4",
      },
    ],
  });
  return { status: 200, body: config };
}

/** GET /ResourceTypes and /ResourceTypes/{name} (RFC 7643 §6). */
export function getResourceTypes(asked: Discovery, name: string): Reply {
  const documents = resourceTypes(asked.baseUrl, [asked.types.user, asked.types.group]);
  return pick(asked, documents, name, "resource type");
}

/** GET /Schemas and /Schemas/{urn} (RFC 7643 §7). */
export function getSchemas(asked: Discovery, urn: string): Reply {
  return pick(asked, schemaDocuments(asked.baseUrl, [asked.types.user, asked.types.group]), urn, "schema");
}

/** All of them, or the one that is named. Paging and sorting are ignored, filters refused (RFC 7644 §4). */
function pick({ query }: Discovery, documents: readonly JsonObject[], id: string, kind: string): Reply {
  if (query.has("filter")) throw new ScimError(403, `filter cannot be used here: all there is is in the answer`);
  if (id === "") {
    const totalResults = documents.length;
    return { status: 200, body: listResponse({ resources: documents, totalResults, startIndex: 1 }) };
  }
  const found = documents.find((document) => String(own(document, "id")).toLowerCase() === id.toLowerCase());
  if (found === undefined) throw new ScimError(404, `There is no ${kind} ${quote(id)}.`);
  return { status: 200, body: found };
}
