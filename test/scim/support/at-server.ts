import { afterAll, beforeAll, expect } from "vitest";
import type { NewDirectory } from "#server/directories/create-directory.ts";
import type { ScimClient } from "./scim-client.ts";
import { openScimServer } from "./scim-server.ts";
import type { ScimServer } from "./scim-server.ts";

/**
 * A server and a directory's client for a test file. At the end, no request of the file may have become a fault.
 *
 * @returns what is there once the tests run
 */
export function atServer(directory: Partial<NewDirectory> = {}): { server: ScimServer; scim: ScimClient } {
  const at = {} as { server: ScimServer; scim: ScimClient };
  beforeAll(async () => {
    at.server = await openScimServer();
    at.scim = await at.server.connect(directory);
  });
  afterAll(async () => {
    expect(at.server.faults).toEqual([]);
    await at.server.close();
  });
  return at;
}
