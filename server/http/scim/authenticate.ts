import { failure } from "../../contract/failure.ts";
import { identifyBearer } from "../../directories/identify-bearer.ts";
import type { Bearer } from "../../directories/identify-bearer.ts";
import type { IdentifiedDirectory } from "../../directories/identify-directory.ts";
import type { House } from "../../house.ts";
import { NotAuthenticated } from "./refusals.ts";

/** Somebody who sent a token that opens something here. */
export type Known = Exclude<Bearer, { kind: "refused" }>;

const sentences = {
  unknown: "This token is not known here, or no longer valid.",
  bound: "This access token is for another API, or bound to a key, which is not understood here.",
  noDirectory: "This access token is no directory's: it takes the client of a directory, and the scope scim.",
  scopeMissing: "This access token lacks the scope scim.me, or its app may no longer use that.",
} as const;

/**
 * Finds out who sent the request: a directory, or a person. Whether the token of a directory is still good is for
 * `requireValid`, so that its log shows who comes with one that has ended.
 *
 * @throws NotAuthenticated  no token, or one that opens nothing here
 */
export async function authenticate(house: House, authorization: string): Promise<Known> {
  if (authorization === "") throw new NotAuthenticated("Send the directory's token in the Authorization header.");
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new NotAuthenticated("The Authorization header holds no bearer token.");
  const bearer = await identifyBearer(house.db, token, house.now());
  if (bearer.kind === "refused") throw new NotAuthenticated(sentences[bearer.why], "invalid_token");
  return bearer;
}

/** @throws NotAuthenticated  the token has ended; the answer is that for a token nobody knows */
export function requireValid(directory: IdentifiedDirectory): void {
  if (directory.token_over) throw new NotAuthenticated(sentences.unknown, "invalid_token");
}

/** @throws directory.paused */
export function requireRunning(directory: IdentifiedDirectory): void {
  if (directory.paused_at !== null) throw failure("directory.paused");
}
