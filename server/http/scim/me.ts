import { ScimError } from "#scim/messages/scim-error.ts";
import { selectOwnScimUser } from "../../db/sql/scim-users.ts";
import type { IdentifiedPerson } from "../../directories/identify-bearer.ts";
import type { Call, Reply } from "./call.ts";
import { etagOf, namesVersion } from "../shell/etag.ts";
import { projectionOf } from "./projection.ts";
import { NotAuthenticated, WrongMethod } from "./refusals.ts";
import { showsGroups, userReply } from "./user-reply.ts";

/** A request of a person about themselves. */
export type PersonCall = Pick<Call, "house" | "types" | "baseUrl" | "query" | "ifNoneMatch"> & {
  person: IdentifiedPerson;
};

const writing = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/**
 * /Me (RFC 7644 §3.11): the person's own User, at its permanent address. It is read only: the directory or an
 * administrator looks after the account, and what people may change themselves is on their account pages.
 *
 * @throws NotAuthenticated the account is gone since the token was looked at
 * @throws ScimError 403 405
 */
export async function meOf(method: string, call: PersonCall): Promise<Reply> {
  if (writing.has(method)) {
    throw new ScimError(
      403,
      "/Me can only be read. What you may change yourself is on your account pages, at /account/.",
    );
  }
  if (method !== "GET" && method !== "HEAD") throw new WrongMethod(["GET"]);
  const { house, person, ifNoneMatch } = call;
  const withGroups = person.seesGroups && showsGroups(call, projectionOf(call.query));
  const row = await selectOwnScimUser(house.db, person.id, withGroups);
  if (row === undefined) throw new NotAuthenticated("This account is gone.", "invalid_token");
  if (ifNoneMatch !== undefined && namesVersion(ifNoneMatch, row.version)) {
    return { status: 304, headers: { ETag: etagOf(row.version) } };
  }
  return userReply(call, 200, row);
}
