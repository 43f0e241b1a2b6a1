import { normalisePatch } from "#scim/normalise/normalise-patch.ts";
import { normaliseResource } from "#scim/normalise/normalise-resource.ts";
import { patchOptions } from "#scim/normalise/switches.ts";
import { readPatch } from "#scim/patch/read-patch.ts";
import type { PatchOperation } from "#scim/patch/read-patch.ts";
import type { JsonObject } from "#scim/schema/json.ts";
import { readResource } from "#scim/schema/read-resource.ts";
import type { ResourceType } from "#scim/schema/resource-type.ts";
import type { Call } from "./call.ts";

/**
 * The resource in the body of POST or PUT, after the habits of the client were understood. What was understood and
 * what was left alone goes to the request log.
 *
 * @throws ScimError
 */
export async function readResourceBody(
  call: Call,
  type: ResourceType,
  mode: "create" | "replace",
): Promise<JsonObject> {
  const normal = normaliseResource(await call.body(), type, call.switches);
  call.note(normal.coercions);
  const { resource, notes } = readResource(normal.body, type, mode);
  call.note(notes);
  return resource;
}

/** The operations in the body of PATCH. @throws ScimError */
export async function readPatchBody(call: Call, type: ResourceType): Promise<PatchOperation[]> {
  const normal = normalisePatch(await call.body(), type, call.switches);
  call.note(normal.coercions);
  const { operations, notes } = readPatch(normal.body, type, patchOptions(call.switches));
  call.note(notes);
  return operations;
}
