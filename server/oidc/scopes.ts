import { appScopes } from "../contract/apps.ts";
import { directoryScope, personScope } from "../directories/identify-bearer.ts";

/** All scopes there are, beside those of APIs; the last ones only for clients that were given them. */
export const scopes = [...appScopes, personScope, directoryScope];
