import { failure } from "../../contract/failure.ts";
import { identifyDirectory } from "../../directories/identify-directory.ts";
import type { IdentifiedDirectory } from "../../directories/identify-directory.ts";
import type { House } from "../../house.ts";
import { NotAuthenticated } from "./refusals.ts";

/**
 * Finds the directory whose bearer token came with the request.
 *
 * @throws NotAuthenticated  no token, or one that is unknown or expired
 */
export async function authenticate(house: House, authorization: string): Promise<IdentifiedDirectory> {
  if (authorization === "") throw new NotAuthenticated("Send the directory's token in the Authorization header.");
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new NotAuthenticated("The Authorization header holds no bearer token.");
  const directory = await identifyDirectory(house.db, token, house.now());
  if (directory === undefined) {
    throw new NotAuthenticated("This token is not known here, or no longer valid.", "invalid_token");
  }
  return directory;
}

/** @throws directory.paused */
export function requireRunning(directory: IdentifiedDirectory): void {
  if (directory.paused_at !== null) throw failure("directory.paused");
}
