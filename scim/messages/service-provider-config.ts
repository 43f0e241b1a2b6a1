import type { JsonObject } from "../schema/json.ts";
import { serviceProviderConfigUrn } from "./urns.ts";

export interface AuthenticationScheme {
  readonly type: "oauth" | "oauth2" | "oauthbearertoken" | "httpbasic" | "httpdigest";
  readonly name: string;
  readonly description: string;
  readonly specUri?: string;
  readonly documentationUri?: string;
  readonly primary?: boolean;
}

/** What the server really does. Clients switch verbs on this, so it must be true. */
export interface ServiceProviderOptions {
  /** Address of the SCIM root, without a slash at the end. */
  readonly baseUrl: string;
  readonly documentationUri?: string;
  readonly patch: boolean;
  readonly bulk: { readonly supported: boolean; readonly maxOperations: number; readonly maxPayloadSize: number };
  readonly filter: { readonly supported: boolean; readonly maxResults: number };
  readonly changePassword: boolean;
  readonly sort: boolean;
  readonly etag: boolean;
  /** RFC 9865 §3; absent when there is paging by index only and nothing to say about it. */
  readonly pagination?: {
    readonly cursor: boolean;
    readonly index: boolean;
    readonly defaultPaginationMethod?: "cursor" | "index";
    readonly defaultPageSize?: number;
    readonly maxPageSize?: number;
    /** Seconds. */
    readonly cursorTimeout?: number;
  };
  readonly authenticationSchemes: readonly AuthenticationScheme[];
}

/**
 * The ServiceProviderConfig document (RFC 7643 §5, RFC 9865 §3). The limits of bulk are there even when
 * bulk is not supported: authentik's client turns PATCH off without them.
 */
export function serviceProviderConfig(options: ServiceProviderOptions): JsonObject {
  return {
    schemas: [serviceProviderConfigUrn],
    ...(options.documentationUri === undefined ? {} : { documentationUri: options.documentationUri }),
    patch: { supported: options.patch },
    bulk: { ...options.bulk },
    filter: { ...options.filter },
    changePassword: { supported: options.changePassword },
    sort: { supported: options.sort },
    etag: { supported: options.etag },
    ...(options.pagination === undefined ? {} : { pagination: { ...options.pagination } }),
    authenticationSchemes: options.authenticationSchemes.map((scheme) => ({ ...scheme })),
    meta: { resourceType: "ServiceProviderConfig", location: `${options.baseUrl}/ServiceProviderConfig` },
  };
}
