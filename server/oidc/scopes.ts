import { directoryScope, personScope } from "../directories/identify-bearer.ts";

/** Scopes that every app may ask for. */
export const appScopes = ["openid", "offline_access", "profile", "email", "phone", "groups", "entitlements"];

/** All scopes there are; the last ones only for clients that were given them. */
export const scopes = [...appScopes, personScope, directoryScope];
