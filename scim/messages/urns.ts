/** The URNs of protocol messages (RFC 7644 §8.2) and of the discovery documents (RFC 7643 §10.4). */
export const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error";
export const listResponseUrn = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
export const searchRequestUrn = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
export const patchOpUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
export const bulkRequestUrn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
export const bulkResponseUrn = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
export const serviceProviderConfigUrn = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
export const resourceTypeUrn = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
export const schemaUrn = "urn:ietf:params:scim:schemas:core:2.0:Schema";
